package fleet

import (
	"bytes"
	"context"
	"slices"

	"muster"
	"muster/internal/store"
)

// keyUse is a call that gives the node the public key.
type keyUse struct {
	spaceKey
	node muster.NodeID
}

// spaceKey is a public key in a space, where it has one holder at most.
type spaceKey struct {
	space muster.Space
	id    muster.PublicKeyID
}

// commitKey is commit for a call that gives the node a public key, DER. It refuses one that is another node's.
func (f *Fleet) commitKey(ctx context.Context, space muster.Space, node muster.NodeID, publicKey []byte, call store.Call) error {
	use := &keyUse{spaceKey{space, muster.NewPublicKeyID(publicKey)}, node}
	if f.follower != nil {
		return f.commit(ctx, use.refused(call))
	}
	return wait(ctx, &f.queue, &request{call: call, use: use, done: make(chan error, 1)})
}

// refused is the call, but if another node has the key by the word of the store: another server may have given it a moment ago.
func (u *keyUse) refused(call store.Call) store.Call {
	key := muster.PublicKeyKey{Space: u.space, ID: u.id}
	return store.Call{Reads: append(slices.Clone(call.Reads), key), Decide: func(v store.View) ([]muster.Change, error) {
		if h := store.Get[*muster.Holder](v, key); h != nil && h.Node != "" && h.Node != u.node {
			return nil, muster.ErrPublicKeyAlreadyRegistered
		}
		return call.Decide(v)
	}}
}

// refuseTakenKeys answers the calls that want another node's key, and gives the rest. Of two that want one key in the same commit
// the first has it, even if it is refused then: the other may come again. It runs in the committer, where the state is what the
// commits before have made of it. A store that is one server's does not keep who has a key.
func (f *Fleet) refuseTakenKeys(waiting []*request) []*request {
	var wanted map[spaceKey]muster.NodeID
	return slices.DeleteFunc(waiting, func(r *request) bool {
		if r.use == nil {
			return false
		}
		holder := f.state.Load().holder(r.use.spaceKey)
		if holder == "" {
			holder = wanted[r.use.spaceKey]
		}
		if holder != "" && holder != r.use.node {
			r.done <- muster.ErrPublicKeyAlreadyRegistered
			return true
		}
		if wanted == nil {
			wanted = map[spaceKey]muster.NodeID{}
		}
		wanted[r.use.spaceKey] = r.use.node
		return false
	})
}

// holder gives the node that has the public key, or "". One that was deregistered keeps it.
func (s *state) holder(k spaceKey) muster.NodeID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sp := s.spaces[k.space]; sp != nil && sp.holders[k.id] != nil {
		return sp.holders[k.id].id
	}
	return ""
}

// hold keeps holders in step with a node's registration. The caller holds state.mu.
func (sp *space) hold(n *node, before, after *muster.Registration) {
	if before.Keyed() && after.Keyed() && bytes.Equal(before.PublicKey, after.PublicKey) {
		return
	}
	if before.Keyed() {
		if was := muster.NewPublicKeyID(before.PublicKey); sp.holders[was] == n {
			delete(sp.holders, was)
		}
	}
	if after.Keyed() {
		sp.holders[muster.NewPublicKeyID(after.PublicKey)] = n
	}
}
