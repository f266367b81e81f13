// Package access is who a caller is and what it may do: roles, and node keys that are good for one node only. It does not know
// how a caller proved who it is, and keeps no keys.
package access

import "muster"

// Caller is whoever signed a request, as far as the access key tells.
type Caller struct {
	KeyID string
	Role  muster.Role
	Node  muster.NodeID // with RoleNode, and those of a machine: the only node that it may speak for
	Space muster.Space

	PublicKey string // with RoleMachine: the one that its signature was verified with, as DER of a SubjectPublicKeyInfo
}

// Principal is the caller's ARN, as access errors name it: an IAM user or, for a node, the session of a role.
func (c Caller) Principal() string {
	if c.Role == muster.RoleNode || c.Node != "" {
		return "arn:aws:sts::" + string(c.Space.Account) + ":assumed-role/node/" + string(c.Node)
	}
	return "arn:aws:iam::" + string(c.Space.Account) + ":user/" + c.KeyID
}

// Allowed refuses, with an AccessDeniedException, an operation that the caller's role may not call. An operation or a role that
// is unknown is refused.
func (c Caller) Allowed(o Operation) error {
	if o.allows(c.Role) {
		return nil
	}
	return c.denied(o, "")
}

// AllowedNode refuses, with an AccessDeniedException, a node that the caller may not name in this operation: a node key is good
// for its own node, any other for all. It does not repeat what Allowed says.
func (c Caller) AllowedNode(o Operation, n muster.NodeID) error {
	if c.Role != muster.RoleNode || (c.Node == n && n != "") {
		return nil
	}
	return c.denied(o, n)
}

func (c Caller) denied(o Operation, n muster.NodeID) error {
	resource := "arn:aws:ssm:" + string(c.Space.Region) + ":" + string(c.Space.Account) + ":*"
	if n != "" {
		resource = n.ARN(c.Space)
	}
	return muster.ErrAccessDenied(c.Principal(), o.Action(), resource)
}
