package muster

import (
	"crypto/sha256"
	"slices"
	"time"
)

// Registration is how a node came to be managed, and by which key it proves who it is.
type Registration struct {
	Activation  string `json:"activation,omitempty"` // the ActivationId; empty if an administrator registered the node
	Role        string `json:"role,omitempty"`       // the IamRole
	Name        string `json:"name,omitempty"`       // the activation's DefaultInstanceName
	PublicKey   []byte `json:"publicKey,omitempty"`  // RSA, as DER of a SubjectPublicKeyInfo; none if the node never registered itself
	Fingerprint string `json:"fingerprint,omitempty"`
	RotateKey   bool   `json:"rotateKey,omitempty"` // the node is to change its key

	// Ended is when the node was deregistered. Its data stay until they expire.
	Ended time.Time `json:"ended,omitzero"`
}

// Live says whether the node is registered and was not deregistered since.
func (r *Registration) Live() bool { return r != nil && r.Ended.IsZero() }

// Over says whether the node was deregistered.
func (r *Registration) Over() bool { return r != nil && !r.Ended.IsZero() }

// Clone gives a copy that shares nothing, nil for nil.
func (r *Registration) Clone() *Registration {
	if r == nil {
		return nil
	}
	c := *r
	c.PublicKey = slices.Clone(r.PublicKey)
	return &c
}

// Keyed says whether the node registered itself, and so has a key.
func (r *Registration) Keyed() bool { return r != nil && len(r.PublicKey) > 0 }

// PublicKeyID tells the public keys of a space apart: the first half of the SHA-256 of the DER. A fleet has many of them.
type PublicKeyID [sha256.Size / 2]byte

// NewPublicKeyID is that of a key, DER.
func NewPublicKeyID(der []byte) PublicKeyID {
	sum := sha256.Sum256(der)
	return PublicKeyID(sum[:])
}
