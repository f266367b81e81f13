package fleet

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"testing"
	"time"

	"muster"
	"muster/internal/store"
	"muster/internal/store/storetest"
)

// invited makes an activation of so many places.
func (r *rig) invited(limit int) (id, code string) {
	r.t.Helper()
	id, code, err := r.CreateActivation(context.Background(), here, muster.Activation{
		Role: "Fleet", Limit: limit, Created: r.Now(), Expires: r.Now().Add(24 * time.Hour),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return id, code
}

// madeUpKey is a public key that nobody has the other half of, for tests of many machines.
func madeUpKey(t testing.TB, i int) PublicKey {
	t.Helper()
	modulus := new(big.Int).SetBit(big.NewInt(2*int64(i)+1), minKeyBits-1, 1)
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: modulus, E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	return PublicKey{"Rsa", base64.StdEncoding.EncodeToString(der)}
}

// TestUninvitedCostNoCommit has a store that takes no commit, which would be the answer to whoever asks for one.
func TestUninvitedCostNoCommit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		id, good := r.invited(1)
		m := Machine{newPublicKey(t), "f"}
		activate := func(id, with string, m Machine) muster.Code {
			_, err := r.Activate(context.Background(), id, with, m)
			return code(err)
		}
		r.disk.Fail(storetest.Unwritable)
		none := Machine{PublicKey{"Rsa", "none"}, "f"}
		for _, test := range []struct {
			id, code string
			Machine
			want muster.Code
		}{
			{id, good[1:], m, muster.CodeInvalidActivation},
			{"none", good, m, muster.CodeInvalidActivation},
			{id, good[1:], none, muster.CodeInvalidActivation},
			{id, good, none, muster.CodeInvalidPublicKey},
			{id, good, m, muster.CodeInternalServerError},
		} {
			if got := activate(test.id, test.code, test.Machine); got != test.want {
				t.Errorf("with %s and %s: %q, want %q", test.id, test.code, got, test.want)
			}
		}
		r.setClock(24 * time.Hour)
		if got := activate(id, good, m); got != muster.CodeActivationExpired {
			t.Errorf("too late: %q", got)
		}
		if got := activate(id, good[1:], m); got != muster.CodeInvalidActivation {
			t.Errorf("too late, with another code: %q", got)
		}
	})
}

// der is the key as a node's record has it.
func (k PublicKey) der(t *testing.T) []byte {
	t.Helper()
	der, err := k.parse()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestPublicKeyHasOneHolder has nodes want the key that another has, has had or is about to have.
func TestPublicKeyHasOneHolder(t *testing.T) {
	t.Run("one server", func(t *testing.T) {
		bubble(t, func(t *testing.T) { testPublicKeyHasOneHolder(t, newRig(t, Config{})) })
	})
	t.Run("of several", func(t *testing.T) {
		bubble(t, func(t *testing.T) { testPublicKeyHasOneHolder(t, newSharedRig(t, store.NewMemory(), Config{})) })
	})
}

func testPublicKeyHasOneHolder(t *testing.T, r *rig) {
	ctx := context.Background()
	a, b, fresh := newPublicKey(t), newPublicKey(t), newPublicKey(t)
	register := func(space muster.Space, k PublicKey) func() error {
		return func() error { return second(r.Register(ctx, space, "Fleet", nil, Machine{k, "f"})) }
	}
	first, _ := r.session(Machine{a, "f"})
	other, _ := r.session(Machine{b, "g"})
	replace := func(id muster.NodeID, former, k PublicKey) func() error {
		return func() error { return r.ReplacePublicKey(ctx, here, id, former.der(t), k) }
	}
	want := func(when string, call func() error, want muster.Code) {
		t.Helper()
		if got := code(call()); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	const taken = muster.CodePublicKeyAlreadyRegistered
	want("another's key", replace(first, a, b), taken)
	want("its own key", replace(first, a, a), "")
	errs := r.together(replace(first, a, fresh), register(here, fresh), register(there, fresh), replace(other, b, fresh))
	if code(errs[0]) != "" || code(errs[1]) != taken || code(errs[2]) != "" || code(errs[3]) != taken {
		t.Errorf("in one commit: %v", errs)
	}
	for range 2 {
		want("a key that was changed to", register(here, fresh), taken)
		want("another's changed key", replace(other, b, fresh), taken)
		want("a key from before", replace(first, a, newPublicKey(t)), muster.CodeInvalidSignature)
		r.reopen()
	}
	if err := r.Deregister(ctx, here, first); err != nil {
		t.Fatal(err)
	}
	want("a deregistered node's key", replace(other, b, fresh), taken)
	if err := r.commit(ctx, changedNode(here, first, func(n *muster.Node) error { n.Registration = nil; return nil })); err != nil {
		t.Fatal(err)
	}
	want("nobody's key", replace(other, b, fresh), "")
}
