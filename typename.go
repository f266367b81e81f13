package muster

import "strings"

// TypeName names a kind of inventory: "AWS:" and a catalogue name, or "Custom:" and the client's own.
type TypeName string

// The built-in types that the server itself treats apart.
const (
	TypeInstanceInformation TypeName = "AWS:InstanceInformation" // kept by the server, see fleet
	TypeComplianceItem      TypeName = "AWS:ComplianceItem"      // kept per ComplianceType, with a Context
	TypeComplianceSummary   TypeName = "AWS:ComplianceSummary"
	TypePatchSummary        TypeName = "AWS:PatchSummary"
	TypeTag                 TypeName = "AWS:Tag" // a node's tags, kept as an item with an entry for each
)

// Custom says whether the type is a client's own.
func (t TypeName) Custom() bool { return strings.HasPrefix(string(t), "Custom:") }

// SplitAttribute takes a filter key or an aggregator expression, "AWS:Application.Name", apart at the first dot after the
// colon, or, since a custom type's name may hold dots, after the longest of known that the key begins with.
func SplitAttribute(key string, known func(TypeName) bool) (t TypeName, attribute string, ok bool) {
	colon := strings.IndexByte(key, ':')
	if colon < 0 {
		return "", "", false
	}
	for dot := len(key); ; {
		dot = strings.LastIndexByte(key[:dot], '.')
		if dot <= colon {
			break
		}
		if name := TypeName(key[:dot]); known(name) && dot+1 < len(key) {
			return name, key[dot+1:], true
		}
	}
	dot := strings.IndexByte(key[colon:], '.')
	if dot < 0 || colon+dot+1 == len(key) {
		return "", "", false
	}
	return TypeName(key[:colon+dot]), key[colon+dot+1:], true
}
