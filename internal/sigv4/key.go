package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
	"sync"
)

// signingKey is what a secret becomes for one day and scope. It is safe for
// concurrent use.
type signingKey struct {
	mu  sync.Mutex
	mac hash.Hash
}

func deriveKey(secret, day string, scope Scope) *signingKey {
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, scope.Region, scope.Service, terminator} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return &signingKey{mac: hmac.New(sha256.New, key)}
}

// sign gives the signature of s, in hexadecimal.
func (k *signingKey) sign(s Signed, bodySHA256 [sha256.Size]byte) []byte {
	text := s.stringToSign(bodySHA256)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mac.Reset()
	k.mac.Write(text)
	sum := k.mac.Sum(text[:0])
	return hex.AppendEncode(sum[len(sum):], sum)
}

// maxKeys is how many derived keys are remembered, less than a kilobyte each.
const maxKeys = 4096

// Verifier verifies as [Signed.Verify] does, and remembers the keys that it
// derives, which cost more than all the rest. What it remembers is never out
// of date, because a key follows from a secret, a day and a scope and nothing
// else: the secret of a key that was revoked or replaced is not asked for
// again. Of what it refuses it remembers nothing.
//
// The zero value is ready. It is safe for concurrent use.
type Verifier struct {
	mu   sync.RWMutex
	keys map[origin]*signingKey
}

// origin is what a signing key is derived from.
type origin struct {
	secret, day string
	scope       Scope
}

// Verify is [Signed.Verify].
func (v *Verifier) Verify(s Signed, secret string, bodySHA256 [sha256.Size]byte) error {
	from := origin{secret, s.date(), s.Scope}
	v.mu.RLock()
	key := v.keys[from]
	v.mu.RUnlock()
	if key != nil {
		return s.verify(key, bodySHA256)
	}
	key = deriveKey(from.secret, from.day, from.scope)
	if err := s.verify(key, bodySHA256); err != nil {
		return err
	}
	v.remember(from, key)
	return nil
}

// remember begins anew when there are too many, which also rids it of the keys
// of days gone by.
func (v *Verifier) remember(from origin, key *signingKey) {
	from.day = strings.Clone(from.day) // else the request that it is a part of would stay
	from.scope = Scope{strings.Clone(from.scope.Region), strings.Clone(from.scope.Service)}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys == nil || len(v.keys) >= maxKeys {
		v.keys = map[origin]*signingKey{}
	}
	v.keys[from] = key
}
