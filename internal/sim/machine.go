package sim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"sync/atomic"
	"time"

	"muster"
	"muster/internal/sigv4"
)

// machine is a host that registers itself: what it signs with, first its own key, then the keys of a session.
type machine struct {
	key         *rsa.PrivateKey
	fingerprint string
	id          muster.NodeID
	session     atomic.Pointer[sigv4.Credentials]
}

// signature is how a request is signed, and whether it goes in chunks, without a length.
type signature struct {
	chunked bool
	sign    func(r *http.Request, body [32]byte, scope sigv4.Scope) error
}

// unsigned is how a machine registers.
func unsigned() signature {
	return signature{sign: func(*http.Request, [32]byte, sigv4.Scope) error { return nil }}
}

// byKey is how a machine asks for a session.
func (m *machine) byKey() signature {
	return signature{true, func(r *http.Request, body [32]byte, scope sigv4.Scope) error {
		return sigv4.SignPSS(r, body, string(m.id), m.key, scope, time.Now())
	}}
}

// bySession is how it makes all other calls.
func (m *machine) bySession() signature {
	return signature{sign: func(r *http.Request, body [32]byte, scope sigv4.Scope) error {
		sigv4.Sign(r, body, *m.session.Load(), scope, time.Now())
		return nil
	}}
}

// publicKey is the key's as the agent sends it.
func (m *machine) publicKey() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&m.key.PublicKey)
	return base64.StdEncoding.EncodeToString(der), err
}

// newMachines makes that many, of keys that no machine has had before. To find two primes for each would take longer than all that
// the machines do afterwards, so each has two of a few: as good for a server, and a secret from nobody.
func newMachines(n int) ([]machine, error) {
	var primes []*big.Int
	for len(primes)*(len(primes)-1)/2 < n {
		p, err := newPrime()
		if err != nil {
			return nil, err
		}
		primes = append(primes, p)
	}
	machines := make([]machine, n)
	at := 0
	for a := range primes {
		for b := range a {
			if at == n {
				break
			}
			key, err := newKey(primes[a], primes[b])
			if err != nil {
				return nil, err
			}
			machines[at].key, machines[at].fingerprint = key, fmt.Sprintf("00000000-0000-4000-8000-%012x", at)
			at++
		}
	}
	return machines, nil
}

// keyBits is the size of the agent's keys, exponent the public one of all keys.
const keyBits, exponent = 2048, 65537

func newPrime() (*big.Int, error) {
	for {
		p, err := rand.Prime(rand.Reader, keyBits/2)
		if err != nil {
			return nil, err
		}
		if new(big.Int).Mod(p, big.NewInt(exponent)).Int64() != 1 { // else the exponent has no inverse
			return p, nil
		}
	}
}

func newKey(p, q *big.Int) (*rsa.PrivateKey, error) {
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: exponent},
		D:         new(big.Int).ModInverse(big.NewInt(exponent), phi),
		Primes:    []*big.Int{p, q},
	}
	key.Precompute()
	return key, key.Validate()
}
