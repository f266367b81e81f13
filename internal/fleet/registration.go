package fleet

import (
	"bytes"
	"context"

	"muster"
	"muster/internal/store"
)

// Machine gives the public key, DER, of a node that registered itself, the space that it is in, and RoleMachine, or RoleFormer if
// it was deregistered since. No node in any other space has the id.
func (f *Fleet) Machine(id muster.NodeID) (publicKey []byte, space muster.Space, role muster.Role, ok bool) {
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := s.registeredNode(id)
	if n == nil {
		return nil, muster.Space{}, "", false
	}
	r := n.registration
	return r.PublicKey, s.machines[id], machineRole(r), true
}

// machine gives what the sessions of a node depend on; no key if the node has none.
func (s *state) machine(id muster.NodeID) (key machineKey, space muster.Space, registered muster.Nanos, role muster.Role) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n, setting := s.registeredNode(id), s.settings[machineKeySetting]
	if n == nil || setting == nil {
		return nil, muster.Space{}, 0, ""
	}
	return setting.Value, s.machines[id], n.registered, machineRole(n.registration)
}

func machineRole(r *muster.Registration) muster.Role {
	if r.Over() {
		return muster.RoleFormer
	}
	return muster.RoleMachine
}

// registeredNode gives the node that has registered itself under the id, or nil. The caller holds s.mu.
func (s *state) registeredNode(id muster.NodeID) *node {
	space, ok := s.machines[id]
	if !ok {
		return nil
	}
	return s.spaces[space].nodes[id]
}

// RoleToken gives the node keys for a while, and says whether it is to change its key pair. The fingerprint is that of the host
// that asks.
func (f *Fleet) RoleToken(ctx context.Context, space muster.Space, id muster.NodeID, fingerprint string) (s Session, changeKey bool, err error) {
	n, ok := f.state.Load().node(space, id)
	switch {
	case !ok || !n.Registration.Live():
		return Session{}, false, muster.ErrInvalidInstanceID(id)
	case n.Registration.Fingerprint != fingerprint:
		return Session{}, false, muster.ErrFingerprint
	}
	s, err = f.newSession(ctx, space, id, muster.NanosOf(n.Registered))
	return s, n.Registration.RotateKey, err
}

// ReplacePublicKey makes the key the one that the node signs with from now on. The node signed this call with the former, DER.
func (f *Fleet) ReplacePublicKey(ctx context.Context, space muster.Space, id muster.NodeID, former []byte, key PublicKey) error {
	publicKey, err := key.parse()
	if err != nil {
		return err
	}
	return f.commitKey(ctx, space, id, publicKey, changedRegistration(space, id, func(r *muster.Registration) error {
		if !r.Keyed() {
			return muster.ErrInvalidInstanceID(id)
		}
		if !bytes.Equal(r.PublicKey, former) {
			return muster.ErrFormerKey
		}
		r.PublicKey, r.RotateKey = publicKey, false
		return nil
	}))
}

// RotateKey has the node told to change its key pair when it next asks for keys, until it has.
func (f *Fleet) RotateKey(ctx context.Context, space muster.Space, id muster.NodeID) error {
	return f.commit(ctx, changedRegistration(space, id, func(r *muster.Registration) error {
		if !r.Keyed() {
			return muster.ErrInvalidInstanceID(id)
		}
		r.RotateKey = true
		return nil
	}))
}

// SetRole changes the IamRole of a registered node.
func (f *Fleet) SetRole(ctx context.Context, space muster.Space, id muster.NodeID, role string) error {
	return f.commit(ctx, changedRegistration(space, id, func(r *muster.Registration) error {
		r.Role = role
		return nil
	}))
}

// changedRegistration is the call that changes that of a registered node.
func changedRegistration(space muster.Space, id muster.NodeID, change func(*muster.Registration) error) store.Call {
	return changedNode(space, id, func(n *muster.Node) error {
		if !n.Registration.Live() {
			return muster.ErrInvalidInstanceID(id)
		}
		n.Registration = n.Registration.Clone()
		return change(n.Registration)
	})
}

// Deregister ends the node's registration, also that of a node which only puts. From the moment this returns its keys are good for
// nothing. Its data stay, as those of a terminated node, until they expire.
func (f *Fleet) Deregister(ctx context.Context, space muster.Space, id muster.NodeID) error {
	return f.commit(ctx, changedNode(space, id, func(n *muster.Node) error {
		if n.Registration.Over() {
			return muster.ErrInvalidInstanceID(id)
		}
		n.Registration = n.Registration.Clone()
		if n.Registration == nil {
			n.Registration = &muster.Registration{}
		}
		n.Reported = f.Now() // the record goes a retention after
		n.Registration.Ended = n.Reported
		return nil
	}))
}

// changedNode is the call that changes a node that is known.
func changedNode(space muster.Space, id muster.NodeID, change func(*muster.Node) error) store.Call {
	key := muster.NodeKey{Space: space, Node: id}
	return store.Call{Reads: []muster.Key{key}, Decide: func(v store.View) ([]muster.Change, error) {
		stored := store.Get[*muster.Node](v, key)
		if stored == nil {
			return nil, muster.ErrInvalidInstanceID(id)
		}
		record := *stored
		if err := change(&record); err != nil {
			return nil, err
		}
		return []muster.Change{{Key: key, Value: &record}}, nil
	}}
}
