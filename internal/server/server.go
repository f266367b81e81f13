// Package server is the operations: one file each, which reads the shapes of the wire into the fleet's words, asks the fleet
// and writes the answer. It holds no rule that needs stored state, and knows nothing of HTTP.
package server

import (
	"context"
	"log/slog"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/fleet"
	"muster/internal/index"
)

// Config says how a server answers.
type Config struct {
	Fleet  *fleet.Fleet
	Now    func() time.Time // default time.Now
	Strict bool             // refuse what AWS refuses
	Log    *slog.Logger     // default slog.Default; at level debug it is told how each question was answered

	Stopping <-chan struct{} // when it is closed, whoever waits is answered; default never
}

// Server answers the operations of its table.
type Server struct {
	fleet  *fleet.Fleet
	strict bool
	tokens tokens
	polls  polls
	log    *slog.Logger

	stopping <-chan struct{}
}

// New makes a server. It needs the store for the key of its tokens.
func New(ctx context.Context, c Config) (*Server, error) {
	key, err := c.Fleet.TokenKey(ctx)
	if err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Server{fleet: c.Fleet, strict: c.Strict, tokens: tokens{key, c.Now}, log: c.Log, stopping: c.Stopping}, nil
}

// Operations is the table of all that can be called.
func (s *Server) Operations() []awsjson.Operation {
	return []awsjson.Operation{
		awsjson.Handle(access.PutInventory, s.putInventory),
		awsjson.Handle(access.GetInventory, s.getInventory),
		awsjson.Handle(access.GetInventorySchema, s.getInventorySchema),
		awsjson.Handle(access.ListInventoryEntries, s.listInventoryEntries),
		awsjson.Handle(access.DeleteInventory, s.deleteInventory),
		awsjson.Handle(access.DescribeInventoryDeletions, s.describeInventoryDeletions),
		awsjson.Handle(access.CreateActivation, s.createActivation),
		awsjson.Handle(access.DescribeActivations, s.describeActivations),
		awsjson.Handle(access.DeleteActivation, s.deleteActivation),
		awsjson.Handle(access.RegisterManagedInstance, s.registerManagedInstance),
		awsjson.Handle(access.RequestManagedInstanceRoleToken, s.requestManagedInstanceRoleToken),
		awsjson.Handle(access.UpdateManagedInstancePublicKey, s.updateManagedInstancePublicKey),
		awsjson.Handle(access.DeregisterManagedInstance, s.deregisterManagedInstance),
		awsjson.Handle(access.UpdateManagedInstanceRole, s.updateManagedInstanceRole),
		awsjson.Handle(access.RotateNodeKey, s.rotateNodeKey),
		awsjson.Handle(access.CreateAssociation, s.createAssociation),
		awsjson.Handle(access.UpdateAssociation, s.updateAssociation),
		awsjson.Handle(access.DeleteAssociation, s.deleteAssociation),
		awsjson.Handle(access.DescribeAssociation, s.describeAssociation),
		awsjson.Handle(access.ListAssociations, s.listAssociations),
		awsjson.Handle(access.StartAssociationsOnce, s.startAssociationsOnce),
		awsjson.Handle(access.ListInstanceAssociations, s.listInstanceAssociations),
		awsjson.Handle(access.UpdateInstanceAssociationStatus, s.updateInstanceAssociationStatus),
		awsjson.Handle(access.DescribeInstanceAssociationsStatus, s.describeInstanceAssociationsStatus),
		awsjson.Handle(access.GetDocument, s.getDocument),
		awsjson.Handle(access.DescribeDocument, s.describeDocument),
		awsjson.Handle(access.ListDocuments, s.listDocuments),
		awsjson.Handle(access.UpdateInstanceInformation, s.updateInstanceInformation),
		awsjson.Handle(access.DescribeInstanceInformation, s.describeInstanceInformation),
		awsjson.Handle(access.DescribeInstanceProperties, s.describeInstanceProperties),
		awsjson.Handle(access.GetConnectionStatus, s.getConnectionStatus),
		awsjson.Handle(access.ListNodes, s.listNodes),
		awsjson.Handle(access.ListNodesSummary, s.listNodesSummary),
		awsjson.Handle(access.AddTagsToResource, s.addTagsToResource),
		awsjson.Handle(access.RemoveTagsFromResource, s.removeTagsFromResource),
		awsjson.Handle(access.ListTagsForResource, s.listTagsForResource),
		awsjson.Handle(access.PutComplianceItems, s.putComplianceItems),
		awsjson.Handle(access.ListComplianceItems, s.listComplianceItems),
		awsjson.Handle(access.ListComplianceSummaries, s.listComplianceSummaries),
		awsjson.Handle(access.ListResourceComplianceSummaries, s.listResourceComplianceSummaries),
		awsjson.HandleWait(access.GetMessages, s.getMessages),
		awsjson.Handle(access.AcknowledgeMessage, s.takeMessage),
		awsjson.Handle(access.SendReply, s.takeMessage),
		awsjson.Handle(access.FailMessage, s.takeMessage),
		awsjson.Handle(access.DeleteMessage, s.takeMessage),
		awsjson.Handle(access.CreateAccessKey, s.createAccessKey),
		awsjson.Handle(access.ListAccessKeys, s.listAccessKeys),
		awsjson.Handle(access.RevokeAccessKey, s.revokeAccessKey),
		awsjson.Handle(access.ExplainInventory, s.explainInventory),
		awsjson.Handle(access.QueryInventory, s.queryInventory),
		awsjson.Handle(access.CompareInventory, s.compareInventory),
		awsjson.Handle(access.ListInventoryChanges, s.listInventoryChanges),
	}
}

func (s *Server) vocabulary(space muster.Space, snapshot *index.Snapshot) vocabulary {
	return vocabulary{snapshot, func(t muster.TypeName) *muster.CustomType { return s.fleet.CustomType(space, t) }}
}

// pageSize is MaxResults, or the largest page.
func pageSize(max *int32, largest int) int {
	if max == nil {
		return largest
	}
	return int(*max)
}
