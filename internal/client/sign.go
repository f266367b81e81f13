package client

import (
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"time"

	"muster"
	"muster/internal/sigv4"
)

// Signer signs a request whose body has this hash. It is called anew for each
// attempt.
type Signer func(r *http.Request, body [sha256.Size]byte, scope sigv4.Scope, now time.Time) error

// WithKey signs as the owner of an access key does.
func WithKey(creds sigv4.Credentials) Signer {
	return func(r *http.Request, body [sha256.Size]byte, scope sigv4.Scope, now time.Time) error {
		sigv4.Sign(r, body, creds, scope, now)
		return nil
	}
}

// WithPrivateKey signs as a registered machine does that asks for keys.
func WithPrivateKey(node muster.NodeID, key *rsa.PrivateKey) Signer {
	return func(r *http.Request, body [sha256.Size]byte, scope sigv4.Scope, now time.Time) error {
		return sigv4.SignPSS(r, body, string(node), key, scope, now)
	}
}

// Unsigned leaves a request as it is: that of a machine that registers.
func Unsigned(*http.Request, [sha256.Size]byte, sigv4.Scope, time.Time) error { return nil }

// As calls the same endpoint, over the same connections, as somebody else.
func (c *Client) As(sign Signer) *Client {
	as := *c
	as.config.Sign = sign
	return &as
}
