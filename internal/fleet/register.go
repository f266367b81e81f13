package fleet

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"muster"
	"muster/internal/store"
)

// Machine is a host that wants to be a node.
type Machine struct {
	PublicKey   PublicKey
	Fingerprint string
}

// PublicKey is a public key as the agent sends it: "Rsa", and base64 of the DER of a SubjectPublicKeyInfo.
type PublicKey struct{ Type, Text string }

// The sizes of keys that are taken, in bits. The agent makes keys of the smaller one; verifying takes longer with every bit.
const minKeyBits, maxKeyBits = 2048, 4096

// parse gives the key's DER.
func (k PublicKey) parse() ([]byte, error) {
	der, err := base64.StdEncoding.DecodeString(k.Text)
	if err != nil || !strings.EqualFold(k.Type, "rsa") {
		return nil, muster.ErrInvalidPublicKey
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, muster.ErrInvalidPublicKey
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok || public.N.BitLen() < minKeyBits || public.N.BitLen() > maxKeyBits || !verifies(public) {
		return nil, muster.ErrInvalidPublicKey
	}
	return x509.MarshalPKIXPublicKey(public) // one spelling of each key
}

// verifies says whether a signature can be verified with the key at all: the modulus and the exponent of one that was made are odd.
func verifies(key *rsa.PublicKey) bool {
	return key.N.Bit(0) == 1 && key.E&1 == 1 && 3 <= key.E && key.E < 1<<31
}

// Activate registers the machine by an activation, in the activation's space, and gives the node that it is now. Who has no code
// costs neither a commit nor a look at his key.
func (f *Fleet) Activate(ctx context.Context, id, code string, m Machine) (muster.NodeID, error) {
	key, a := f.state.Load().activationNamed(id)
	if err := invites(a, code, f.Now()); err != nil {
		return "", err
	}
	r, err := f.registering(ctx, key.Space, m)
	if err != nil {
		return "", err
	}
	return r.node, f.commitKey(ctx, r.space, r.node, r.publicKey, store.Call{Reads: append(r.reads(), key), Decide: func(v store.View) ([]muster.Change, error) {
		a := store.Get[*muster.Activation](v, key)
		if err := invites(a, code, r.now); err != nil { // it may have been deleted meanwhile
			return nil, err
		}
		changes, err := r.changes(v, muster.Registration{Activation: id, Role: a.Role, Name: a.NodeName}, a.Tags)
		if err != nil {
			return nil, err
		}
		if a.Registered >= a.Limit {
			return nil, muster.ErrRegistrationLimitExceeded
		}
		counted := *a
		counted.Registered++
		return append(changes, muster.Change{Key: key, Value: &counted}), nil
	}})
}

// Register registers the machine in the space, as an administrator may without an activation.
func (f *Fleet) Register(ctx context.Context, space muster.Space, role string, tags []muster.Tag, m Machine) (muster.NodeID, error) {
	r, err := f.registering(ctx, space, m)
	if err != nil {
		return "", err
	}
	return r.node, f.commitKey(ctx, r.space, r.node, r.publicKey, store.Call{Reads: r.reads(), Decide: func(v store.View) ([]muster.Change, error) {
		return r.changes(v, muster.Registration{Role: role}, tags)
	}})
}

// registering is a registration under way.
type registering struct {
	publicKey   []byte // DER
	fingerprint string
	space       muster.Space
	node        muster.NodeID
	now         time.Time
}

// registering makes up the node's id. It follows from the public key, so that the record which the commit looks at to register a
// node is the one that tells whether its key is registered already; and from a secret, so that nobody can take the id before.
func (f *Fleet) registering(ctx context.Context, space muster.Space, m Machine) (registering, error) {
	publicKey, err := m.PublicKey.parse()
	if err != nil {
		return registering{}, err
	}
	secret, err := f.machineKey(ctx)
	if err != nil {
		return registering{}, err
	}
	sum := secret.sum("node", string(space.Account), string(space.Region), string(publicKey))
	id := muster.NodeID("mi-" + hex.EncodeToString(sum)[:17])
	return registering{publicKey, m.Fingerprint, space, id, f.Now()}, nil
}

func (r registering) nodeKey() muster.NodeKey { return muster.NodeKey{Space: r.space, Node: r.node} }

func (r registering) reads() []muster.Key { return []muster.Key{r.nodeKey()} }

// changes makes the node, registered as given.
func (r registering) changes(v store.View, as muster.Registration, tags []muster.Tag) ([]muster.Change, error) {
	var record muster.Node
	if stored := store.Get[*muster.Node](v, r.nodeKey()); stored != nil {
		if stored.Registration.Keyed() {
			return nil, muster.ErrPublicKeyAlreadyRegistered
		}
		record = *stored
	}
	as.PublicKey, as.Fingerprint = r.publicKey, r.fingerprint
	record.Registered, record.Reported, record.Status, record.Registration = r.now, r.now, "", &as
	changes := []muster.Change{{Key: r.nodeKey(), Value: &record}}
	if len(tags) > 0 {
		changes = append(changes, tagged(r.space, r.node, tags, r.now))
	}
	return changes, nil
}
