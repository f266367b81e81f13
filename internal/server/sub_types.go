package server

import (
	"muster"
	"muster/internal/schema"
)

// subTypes gives one schema of AWS:ComplianceItem for each ComplianceType that some node holds. DisplayName says which.
func (s *Server) subTypes(space muster.Space) []muster.Schema {
	var out []muster.Schema
	sc, _ := schema.Builtin(muster.TypeComplianceItem)
	seen := map[string]bool{}
	for h := range s.fleet.Snapshot(space).Holders(sc.Type) {
		seen[h.SubType] = true
	}
	for sub := range seen {
		sc.DisplayName = sub
		out = append(out, sc)
	}
	return out
}
