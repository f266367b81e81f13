package access

import (
	"slices"
	"strings"

	"muster"
)

// Operation is what a caller asks for, as the X-Amz-Target header names it.
type Operation string

// The operations of the inventory, those on nodes and their tags, and muster's own, which have a prefix of their own.
const (
	PutInventory               Operation = "AmazonSSM.PutInventory"
	GetInventory               Operation = "AmazonSSM.GetInventory"
	GetInventorySchema         Operation = "AmazonSSM.GetInventorySchema"
	ListInventoryEntries       Operation = "AmazonSSM.ListInventoryEntries"
	DeleteInventory            Operation = "AmazonSSM.DeleteInventory"
	DescribeInventoryDeletions Operation = "AmazonSSM.DescribeInventoryDeletions"

	UpdateInstanceInformation   Operation = "AmazonSSM.UpdateInstanceInformation"
	DescribeInstanceInformation Operation = "AmazonSSM.DescribeInstanceInformation"
	DescribeInstanceProperties  Operation = "AmazonSSM.DescribeInstanceProperties"
	GetConnectionStatus         Operation = "AmazonSSM.GetConnectionStatus"
	ListNodes                   Operation = "AmazonSSM.ListNodes"
	ListNodesSummary            Operation = "AmazonSSM.ListNodesSummary"

	AddTagsToResource      Operation = "AmazonSSM.AddTagsToResource"
	RemoveTagsFromResource Operation = "AmazonSSM.RemoveTagsFromResource"
	ListTagsForResource    Operation = "AmazonSSM.ListTagsForResource"

	CreateAccessKey Operation = "Muster.CreateAccessKey"
	ListAccessKeys  Operation = "Muster.ListAccessKeys"
	RevokeAccessKey Operation = "Muster.RevokeAccessKey"

	ExplainInventory Operation = "Muster.ExplainInventory"
)

// grants says which roles may call an operation, besides RoleAdmin, which may call all. A node puts, and reads nothing: what
// one machine of a fleet can read, whoever breaks into it can.
var grants = []struct {
	operation Operation
	roles     []muster.Role
}{
	{PutInventory, []muster.Role{muster.RoleNode}},
	{GetInventory, []muster.Role{muster.RoleRead}},
	{GetInventorySchema, []muster.Role{muster.RoleRead}},
	{ListInventoryEntries, []muster.Role{muster.RoleRead}},
	{DeleteInventory, nil},
	{DescribeInventoryDeletions, []muster.Role{muster.RoleRead}},
	{UpdateInstanceInformation, []muster.Role{muster.RoleNode}},
	{DescribeInstanceInformation, []muster.Role{muster.RoleRead}},
	{DescribeInstanceProperties, []muster.Role{muster.RoleRead}},
	{GetConnectionStatus, []muster.Role{muster.RoleRead}},
	{ListNodes, []muster.Role{muster.RoleRead}},
	{ListNodesSummary, []muster.Role{muster.RoleRead}},
	{AddTagsToResource, nil},
	{RemoveTagsFromResource, nil},
	{ListTagsForResource, []muster.Role{muster.RoleRead}},
	{CreateAccessKey, nil},
	{ListAccessKeys, nil},
	{RevokeAccessKey, nil},
	{ExplainInventory, []muster.Role{muster.RoleRead}},
}

// Operations gives all operations there are.
func Operations() []Operation {
	all := make([]Operation, len(grants))
	for i, g := range grants {
		all[i] = g.operation
	}
	return all
}

// Name is the operation without its prefix, "PutInventory", for logs and metrics.
func (o Operation) Name() string {
	_, name, _ := strings.Cut(string(o), ".")
	return name
}

// Action is the name that an access policy has for the operation, "ssm:PutInventory".
func (o Operation) Action() string {
	if strings.HasPrefix(string(o), "Muster.") {
		return "muster:" + o.Name()
	}
	return "ssm:" + o.Name()
}

func (o Operation) allows(role muster.Role) bool {
	for _, g := range grants {
		if g.operation == o {
			return role == muster.RoleAdmin || slices.Contains(g.roles, role)
		}
	}
	return false
}
