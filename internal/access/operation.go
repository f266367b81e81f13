package access

import (
	"slices"
	"strings"

	"muster"
)

// Operation is what a caller asks for, as the X-Amz-Target header names it.
type Operation string

// The operations of Systems Manager, those of the service that its agent asks for messages, and muster's own. Each of the three has
// a prefix of its own.
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

	CreateAssociation                  Operation = "AmazonSSM.CreateAssociation"
	UpdateAssociation                  Operation = "AmazonSSM.UpdateAssociation"
	DeleteAssociation                  Operation = "AmazonSSM.DeleteAssociation"
	DescribeAssociation                Operation = "AmazonSSM.DescribeAssociation"
	ListAssociations                   Operation = "AmazonSSM.ListAssociations"
	StartAssociationsOnce              Operation = "AmazonSSM.StartAssociationsOnce"
	ListInstanceAssociations           Operation = "AmazonSSM.ListInstanceAssociations"
	UpdateInstanceAssociationStatus    Operation = "AmazonSSM.UpdateInstanceAssociationStatus"
	DescribeInstanceAssociationsStatus Operation = "AmazonSSM.DescribeInstanceAssociationsStatus"
	GetDocument                        Operation = "AmazonSSM.GetDocument"
	DescribeDocument                   Operation = "AmazonSSM.DescribeDocument"
	ListDocuments                      Operation = "AmazonSSM.ListDocuments"

	PutComplianceItems              Operation = "AmazonSSM.PutComplianceItems"
	ListComplianceItems             Operation = "AmazonSSM.ListComplianceItems"
	ListComplianceSummaries         Operation = "AmazonSSM.ListComplianceSummaries"
	ListResourceComplianceSummaries Operation = "AmazonSSM.ListResourceComplianceSummaries"

	GetMessages        Operation = "EC2WindowsMessageDeliveryService.GetMessages"
	AcknowledgeMessage Operation = "EC2WindowsMessageDeliveryService.AcknowledgeMessage"
	SendReply          Operation = "EC2WindowsMessageDeliveryService.SendReply"
	FailMessage        Operation = "EC2WindowsMessageDeliveryService.FailMessage"
	DeleteMessage      Operation = "EC2WindowsMessageDeliveryService.DeleteMessage"

	CreateActivation    Operation = "AmazonSSM.CreateActivation"
	DescribeActivations Operation = "AmazonSSM.DescribeActivations"
	DeleteActivation    Operation = "AmazonSSM.DeleteActivation"

	RegisterManagedInstance         Operation = "AmazonSSM.RegisterManagedInstance"
	RequestManagedInstanceRoleToken Operation = "AmazonSSM.RequestManagedInstanceRoleToken"
	UpdateManagedInstancePublicKey  Operation = "AmazonSSM.UpdateManagedInstancePublicKey"
	DeregisterManagedInstance       Operation = "AmazonSSM.DeregisterManagedInstance"
	UpdateManagedInstanceRole       Operation = "AmazonSSM.UpdateManagedInstanceRole"

	CreateAccessKey Operation = "Muster.CreateAccessKey"
	ListAccessKeys  Operation = "Muster.ListAccessKeys"
	RevokeAccessKey Operation = "Muster.RevokeAccessKey"

	ExplainInventory Operation = "Muster.ExplainInventory"
	QueryInventory   Operation = "Muster.QueryInventory"
	CompareInventory Operation = "Muster.CompareInventory"
	RotateNodeKey    Operation = "Muster.RotateNodeKey"

	ListInventoryChanges Operation = "Muster.ListInventoryChanges"
)

// grants says which roles may call an operation, besides RoleAdmin, which may call all but those that a machine calls with its
// own key and for itself. A node puts, and reads only what it is to do: what one machine of a fleet can read, whoever breaks into
// it can.
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
	{CreateAssociation, nil},
	{UpdateAssociation, nil},
	{DeleteAssociation, nil},
	{DescribeAssociation, []muster.Role{muster.RoleRead}},
	{ListAssociations, []muster.Role{muster.RoleRead}},
	{StartAssociationsOnce, nil},
	{ListInstanceAssociations, []muster.Role{muster.RoleNode}},
	{UpdateInstanceAssociationStatus, []muster.Role{muster.RoleNode}},
	{DescribeInstanceAssociationsStatus, []muster.Role{muster.RoleRead}},
	{GetDocument, []muster.Role{muster.RoleRead, muster.RoleNode}},
	{DescribeDocument, []muster.Role{muster.RoleRead}},
	{ListDocuments, []muster.Role{muster.RoleRead}},
	{PutComplianceItems, []muster.Role{muster.RoleNode}},
	{ListComplianceItems, []muster.Role{muster.RoleRead}},
	{ListComplianceSummaries, []muster.Role{muster.RoleRead}},
	{ListResourceComplianceSummaries, []muster.Role{muster.RoleRead}},
	{GetMessages, []muster.Role{muster.RoleNode}},
	{AcknowledgeMessage, []muster.Role{muster.RoleNode}},
	{SendReply, []muster.Role{muster.RoleNode}},
	{FailMessage, []muster.Role{muster.RoleNode}},
	{DeleteMessage, []muster.Role{muster.RoleNode}},
	{CreateActivation, nil},
	{DescribeActivations, []muster.Role{muster.RoleRead}},
	{DeleteActivation, nil},
	{RegisterManagedInstance, []muster.Role{muster.RoleNobody}},
	{RequestManagedInstanceRoleToken, []muster.Role{muster.RoleMachine}},
	{UpdateManagedInstancePublicKey, []muster.Role{muster.RoleMachine}},
	{DeregisterManagedInstance, nil},
	{UpdateManagedInstanceRole, nil},
	{CreateAccessKey, nil},
	{ListAccessKeys, nil},
	{RevokeAccessKey, nil},
	{ExplainInventory, []muster.Role{muster.RoleRead}},
	{QueryInventory, []muster.Role{muster.RoleRead}},
	{CompareInventory, []muster.Role{muster.RoleRead}},
	{ListInventoryChanges, []muster.Role{muster.RoleRead}},
	{RotateNodeKey, nil},
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

// Service is the name that a call's signature is scoped to: "ssm", for muster's own operations too, since one signer serves both,
// or "ec2messages".
func (o Operation) Service() string {
	if strings.HasPrefix(string(o), "EC2WindowsMessageDeliveryService.") {
		return "ec2messages"
	}
	return "ssm"
}

// Action is the name that an access policy has for the operation, "ssm:PutInventory".
func (o Operation) Action() string {
	if strings.HasPrefix(string(o), "Muster.") {
		return "muster:" + o.Name()
	}
	return o.Service() + ":" + o.Name()
}

// Open says whether the operation may be called unsigned.
func (o Operation) Open() bool { return o.allows(muster.RoleNobody) }

func (o Operation) allows(role muster.Role) bool {
	for _, g := range grants {
		if g.operation == o {
			admin := role == muster.RoleAdmin && !slices.Contains(g.roles, muster.RoleMachine)
			return admin || slices.Contains(g.roles, role)
		}
	}
	return false
}
