package muster

import "time"

// Role is what an access key may do.
type Role string

// The roles, from most to least. See internal/access for which operations each may call.
const (
	RoleAdmin Role = "admin"
	RoleRead  Role = "read"
	RoleNode  Role = "node" // bound to one node, for which it may put
)

// The roles of callers who have no access key.
const (
	RoleNobody  Role = "nobody"  // signed nothing
	RoleMachine Role = "machine" // signed with the private key of its node
	RoleFormer  Role = "former"  // signed as a node that was deregistered
)

// AccessKey is a pair of key id and secret, and whom it stands for. SigV4 needs the secret itself, so it is stored as it is.
type AccessKey struct {
	Secret  string    `json:"secret"`
	Account AccountID `json:"account"`
	Role    Role      `json:"role"`
	Node    NodeID    `json:"node,omitempty"`   // with RoleNode, as is the next
	Region  Region    `json:"region,omitempty"` // the only one that the key is good in; empty for any
	Comment string    `json:"comment,omitempty"`
	Created time.Time `json:"created"`
}
