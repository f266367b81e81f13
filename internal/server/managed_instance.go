package server

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// registerManagedInstance makes a machine a node: by an activation, whoever calls, or because an administrator says so.
func (s *Server) registerManagedInstance(ctx context.Context, c access.Caller, in *ssmapi.RegisterManagedInstanceInput) (*ssmapi.RegisterManagedInstanceOutput, error) {
	m := fleet.Machine{PublicKey: fleet.PublicKey{Type: *in.PublicKeyType, Text: *in.PublicKey}, Fingerprint: *in.Fingerprint}
	var id muster.NodeID
	var err error
	switch {
	case in.ActivationId != nil && in.ActivationCode != nil:
		id, err = s.fleet.Activate(ctx, *in.ActivationId, *in.ActivationCode, m)
	case c.Role == muster.RoleAdmin && in.IamRole != nil:
		id, err = s.fleet.Register(ctx, c.Space, *in.IamRole, ssmapi.ReadTags(in.Tags), m)
	default:
		err = muster.ErrInvalidActivation
	}
	return &ssmapi.RegisterManagedInstanceOutput{InstanceId: id}, err
}

// requestManagedInstanceRoleToken gives a machine keys for its node.
func (s *Server) requestManagedInstanceRoleToken(ctx context.Context, c access.Caller, in *ssmapi.RequestManagedInstanceRoleTokenInput) (*ssmapi.RequestManagedInstanceRoleTokenOutput, error) {
	session, changeKey, err := s.fleet.RoleToken(ctx, c.Space, c.Node, in.Fingerprint)
	return &ssmapi.RequestManagedInstanceRoleTokenOutput{
		AccessKeyId: session.AccessKeyID, SecretAccessKey: session.Secret, SessionToken: session.Token,
		TokenExpirationDate: ssmapi.Timestamp{Time: session.Until}, UpdateKeyPair: changeKey,
	}, err
}

// updateManagedInstancePublicKey changes the key that a machine signs with.
func (s *Server) updateManagedInstancePublicKey(ctx context.Context, c access.Caller, in *ssmapi.UpdateManagedInstancePublicKeyInput) (*ssmapi.UpdateManagedInstancePublicKeyOutput, error) {
	key := fleet.PublicKey{Type: *in.NewPublicKeyType, Text: *in.NewPublicKey}
	return &ssmapi.UpdateManagedInstancePublicKeyOutput{}, s.fleet.ReplacePublicKey(ctx, c.Space, c.Node, []byte(c.PublicKey), key)
}

// deregisterManagedInstance ends a node's registration.
func (s *Server) deregisterManagedInstance(ctx context.Context, c access.Caller, in *ssmapi.DeregisterManagedInstanceInput) (*ssmapi.DeregisterManagedInstanceOutput, error) {
	return &ssmapi.DeregisterManagedInstanceOutput{}, s.fleet.Deregister(ctx, c.Space, *in.InstanceId)
}

// updateManagedInstanceRole changes the IamRole that a node shows.
func (s *Server) updateManagedInstanceRole(ctx context.Context, c access.Caller, in *ssmapi.UpdateManagedInstanceRoleInput) (*ssmapi.UpdateManagedInstanceRoleOutput, error) {
	return &ssmapi.UpdateManagedInstanceRoleOutput{}, s.fleet.SetRole(ctx, c.Space, *in.InstanceId, *in.IamRole)
}

// rotateNodeKey has a node told to change its key pair.
func (s *Server) rotateNodeKey(ctx context.Context, c access.Caller, in *ssmapi.RotateNodeKeyInput) (*ssmapi.RotateNodeKeyOutput, error) {
	return &ssmapi.RotateNodeKeyOutput{}, s.fleet.RotateKey(ctx, c.Space, *in.InstanceId)
}
