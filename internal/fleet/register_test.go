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
