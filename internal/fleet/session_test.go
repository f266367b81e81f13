package fleet

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"math/big"
	"testing"
	"time"

	"muster"
)

func newPublicKey(t testing.TB) PublicKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return PublicKey{"Rsa", base64.StdEncoding.EncodeToString(der)}
}

// session registers a machine and gives it keys.
func (r *rig) session(m Machine) (muster.NodeID, Session) {
	r.t.Helper()
	ctx := context.Background()
	id, err := r.Register(ctx, here, "Fleet", nil, m)
	if err != nil {
		r.t.Fatal(err)
	}
	s, _, err := r.RoleToken(ctx, here, id, m.Fingerprint)
	if err != nil {
		r.t.Fatal(err)
	}
	return id, s
}

func TestSessionIsOfOneStoreNodeAndRegion(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, Config{SessionFor: time.Minute})
	machine := Machine{newPublicKey(t), "f"}
	id, s := r.session(machine)
	for range 2 {
		key, err := r.Session(s.AccessKeyID, s.Token, here.Region)
		if want := (muster.AccessKey{Secret: s.Secret, Account: here.Account, Role: muster.RoleNode, Node: id}); err != nil || key != want {
			t.Errorf("the session is %+v, %v; want %+v", key, err, want)
		}
		r.reopen()
	}
	other := newRig(t, Config{})
	other.session(machine)
	for name, err := range map[string]error{
		"another store":  second(other.Session(s.AccessKeyID, s.Token, here.Region)),
		"another region": second(r.Session(s.AccessKeyID, s.Token, there.Region)),
		"another id":     second(r.Session("ASIA", s.Token, here.Region)),
		"no node":        second(newRig(t, Config{}).Session(s.AccessKeyID, s.Token, here.Region)),
	} {
		if !errors.Is(err, muster.ErrUnrecognizedClient) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.Deregister(ctx, here, id); err != nil {
		t.Fatal(err)
	}
	if key, err := r.Session(s.AccessKeyID, s.Token, here.Region); err != nil || key.Role != muster.RoleFormer {
		t.Errorf("after the registration the session is %+v, %v", key, err)
	}
	if _, _, err := r.RoleToken(ctx, here, id, "f"); !errors.Is(err, muster.ErrInvalidInstanceID("")) {
		t.Errorf("after the registration the machine is given keys, %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestSessionEndsWithItsRegistration registers a machine again when its record has expired: the key, and so the id, is the same.
func TestSessionEndsWithItsRegistration(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, Config{SessionFor: 1000 * time.Hour})
	machine := Machine{newPublicKey(t), "f"}
	id, former := r.session(machine)
	if err := r.Deregister(ctx, here, id); err != nil {
		t.Fatal(err)
	}
	if err := r.commit(ctx, changedNode(here, id, func(n *muster.Node) error { n.Registration = nil; return nil })); err != nil {
		t.Fatal(err)
	}
	if err := second(r.Session(former.AccessKeyID, former.Token, here.Region)); !errors.Is(err, muster.ErrUnrecognizedClient) {
		t.Errorf("without a registration: %v", err)
	}
	again, now := r.session(machine)
	if again != id {
		t.Fatalf("the same key is %s and then %s", id, again)
	}
	if err := second(r.Session(former.AccessKeyID, former.Token, here.Region)); !errors.Is(err, muster.ErrUnrecognizedClient) {
		t.Errorf("the session of the former registration: %v", err)
	}
	if err := second(r.Session(now.AccessKeyID, now.Token, here.Region)); err != nil {
		t.Error(err)
	}
}

// FuzzSessionToken: no other text than the token that was given is taken for one.
func FuzzSessionToken(f *testing.F) {
	r := newRig(f, Config{})
	id, s := r.session(Machine{newPublicKey(f), "f"})
	f.Add(s.AccessKeyID, s.Token)
	f.Add(s.AccessKeyID, s.Token+"\n")
	f.Add(s.AccessKeyID, s.Token[:len(s.Token)-1])
	f.Add("", base64.RawURLEncoding.EncodeToString(append(make([]byte, 40), id...)))
	f.Fuzz(func(t *testing.T, accessKeyID, token string) {
		key, err := r.Session(accessKeyID, token, here.Region)
		if genuine := accessKeyID == s.AccessKeyID && token == s.Token; genuine != (err == nil) {
			t.Errorf("%q with the token %q: %+v, %v", accessKeyID, token, key, err)
		}
	})
}

func TestPublicKeysThatCannotVerify(t *testing.T) {
	t.Parallel()
	odd := new(big.Int).SetBit(big.NewInt(1), minKeyBits-1, 1)
	for name, test := range map[string]struct {
		n  *big.Int
		e  int
		ok bool
	}{
		"good":             {odd, 65537, true},
		"smallest":         {odd, 3, true},
		"even modulus":     {new(big.Int).Sub(odd, big.NewInt(1)), 65537, false},
		"exponent of 1":    {odd, 1, false},
		"exponent of 2":    {odd, 2, false},
		"even exponent":    {odd, 65536, false},
		"exponent of 2^31": {odd, 1<<31 + 1, false},
		"short":            {new(big.Int).Rsh(odd, 1), 65537, false},
	} {
		der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: test.n, E: test.e})
		if err != nil {
			t.Fatal(err)
		}
		_, err = PublicKey{"Rsa", base64.StdEncoding.EncodeToString(der)}.parse()
		if (err == nil) != test.ok || err != nil && !errors.Is(err, muster.ErrInvalidPublicKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzPublicKey: a key that is taken is taken again as it is stored, and is the same then.
func FuzzPublicKey(f *testing.F) {
	good := newPublicKey(f)
	f.Add(good.Type, good.Text)
	f.Add("rsa", good.Text+"AAAA")
	f.Add("Rsa", good.Text[4:])
	f.Add("", "")
	f.Fuzz(func(t *testing.T, kind, text string) {
		der, err := PublicKey{kind, text}.parse()
		if err != nil {
			if !errors.Is(err, muster.ErrInvalidPublicKey) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		again, err := PublicKey{kind, base64.StdEncoding.EncodeToString(der)}.parse()
		if err != nil || !bytes.Equal(again, der) {
			t.Errorf("%x came back as %x, %v", der, again, err)
		}
	})
}
