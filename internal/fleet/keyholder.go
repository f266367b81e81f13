package fleet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"

	"muster"
	"muster/internal/store"
)

// publicKeyID tells the public keys of a space apart: the first half of the SHA-256 of the DER. A fleet has many of them.
type publicKeyID [sha256.Size / 2]byte

func idOfPublicKey(der []byte) publicKeyID {
	sum := sha256.Sum256(der)
	return publicKeyID(sum[:])
}

// keyUse is a call that gives the node the public key.
type keyUse struct {
	spaceKey
	node muster.NodeID
}

// spaceKey is a public key in a space, where it has one holder at most.
type spaceKey struct {
	space muster.Space
	id    publicKeyID
}

// commitKey is commit for a call that gives the node a public key, DER. It refuses one that is another node's.
func (f *Fleet) commitKey(ctx context.Context, space muster.Space, node muster.NodeID, publicKey []byte, call store.Call) error {
	use := &keyUse{spaceKey{space, idOfPublicKey(publicKey)}, node}
	return wait(ctx, &f.queue, &request{call: call, use: use, done: make(chan error, 1)})
}

// refuseTakenKeys answers the calls that want another node's key, and gives the rest. Of two that want one key in the same commit
// the first has it, even if it is refused then: the other may come again. It runs in the committer, where the state is what the
// commits before have made of it; a Decide could not look at it.
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
		if was := idOfPublicKey(before.PublicKey); sp.holders[was] == n {
			delete(sp.holders, was)
		}
	}
	if after.Keyed() {
		sp.holders[idOfPublicKey(after.PublicKey)] = n
	}
}
