package server

import (
	"muster"
	"muster/internal/schema"
)

// subTypes gives, for the types that are kept by ComplianceType, one schema for each ComplianceType that some node holds; its
// DisplayName says which.
func (s *Server) subTypes(space muster.Space) []muster.Schema {
	seen := map[string]bool{}
	for h := range s.fleet.Snapshot(space).Holders(muster.TypeComplianceItem) {
		seen[h.SubType] = true
	}
	var out []muster.Schema
	for _, t := range []muster.TypeName{muster.TypeComplianceItem, muster.TypeComplianceSummary} {
		sc, _ := schema.Builtin(t)
		for sub := range seen {
			sc.DisplayName = sub
			out = append(out, sc)
		}
	}
	return out
}
