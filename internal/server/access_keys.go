package server

import (
	"context"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// createAccessKey makes an access key for the caller's account.
func (s *Server) createAccessKey(ctx context.Context, c access.Caller, in *ssmapi.CreateAccessKeyInput) (*ssmapi.CreateAccessKeyOutput, error) {
	id, k, err := NewAccessKey(in, c.Space, s.tokens.now())
	if err != nil {
		return nil, err
	}
	if err := s.fleet.SetAccessKey(ctx, id, k); err != nil {
		return nil, err
	}
	return &ssmapi.CreateAccessKeyOutput{AccessKey: wireAccessKey(id, k), SecretAccessKey: k.Secret}, nil
}

// NewAccessKey gives the access key that is asked for, by what keeps the constraints of its members, under a new id.
func NewAccessKey(in *ssmapi.CreateAccessKeyInput, space muster.Space, now time.Time) (id string, k muster.AccessKey, err error) {
	k = muster.AccessKey{Account: space.Account, Role: *in.Role, Comment: in.Comment, Created: now.Truncate(time.Second)}
	switch {
	case k.Role == muster.RoleNode && in.InstanceId == nil:
		return "", k, muster.ErrParameter("A key of role node needs the InstanceId of the node that it is for.")
	case k.Role != muster.RoleNode && in.InstanceId != nil:
		return "", k, muster.ErrParameter("InstanceId goes with the role node only.")
	case in.InstanceId != nil:
		k.Node, k.Region = *in.InstanceId, space.Region
	}
	id, k.Secret = fleet.NewAccessKey()
	return id, k, nil
}

// listAccessKeys gives the access keys of the caller's account.
func (s *Server) listAccessKeys(_ context.Context, c access.Caller, _ *ssmapi.ListAccessKeysInput) (*ssmapi.ListAccessKeysOutput, error) {
	out := &ssmapi.ListAccessKeysOutput{AccessKeys: []ssmapi.AccessKey{}}
	for _, id := range s.fleet.AccessKeys(c.Space.Account) {
		if k, ok := s.fleet.Lookup(id); ok {
			out.AccessKeys = append(out.AccessKeys, wireAccessKey(id, k))
		}
	}
	return out, nil
}

// revokeAccessKey takes an access key away.
func (s *Server) revokeAccessKey(ctx context.Context, c access.Caller, in *ssmapi.RevokeAccessKeyInput) (*ssmapi.RevokeAccessKeyOutput, error) {
	if *in.AccessKeyId == c.KeyID {
		return nil, muster.ErrOwnAccessKey(c.KeyID)
	}
	return &ssmapi.RevokeAccessKeyOutput{}, s.fleet.RevokeAccessKey(ctx, c.Space.Account, *in.AccessKeyId)
}

func wireAccessKey(id string, k muster.AccessKey) ssmapi.AccessKey {
	return ssmapi.AccessKey{
		AccessKeyId: id, Role: k.Role, InstanceId: k.Node, Comment: k.Comment,
		CreateTime: ssmapi.Timestamp{Time: k.Created},
	}
}
