package server

import (
	"math"

	"muster"
	"muster/internal/schema"
)

// subTypes gives one schema of AWS:ComplianceItem for each ComplianceType that some node holds. DisplayName says which.
func (s *Server) subTypes(space muster.Space) []muster.Schema {
	var out []muster.Schema
	snapshot := s.fleet.Snapshot(space)
	sc, _ := schema.Builtin(muster.TypeComplianceItem)
	seen := map[string]bool{}
	for _, h := range snapshot.Holders(sc.Type, snapshot.Position()+1, math.MaxInt) {
		seen[h.SubType] = true
	}
	for sub := range seen {
		sc.DisplayName = sub
		out = append(out, sc)
	}
	return out
}
