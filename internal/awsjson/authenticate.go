package awsjson

import (
	"crypto/sha256"
	"errors"

	"muster"
	"muster/internal/access"
	"muster/internal/sigv4"
)

// service is the name that signatures are scoped to, for muster's own operations too: one signer serves both.
const service = "ssm"

// Keys finds access keys.
type Keys interface {
	Lookup(accessKeyID string) (muster.AccessKey, bool)
}

// nobodysSecret signs nothing. A signature by an unknown key is held against it, so that the refusal takes as long as that of a
// wrong signature by a known one.
const nobodysSecret = "0000000000000000000000000000000000000000"

// authenticate says who signed the request.
func authenticate(signed sigv4.Signed, body [sha256.Size]byte, keys Keys) (access.Caller, error) {
	key, known := keys.Lookup(signed.AccessKeyID)
	if !known {
		key.Secret = nobodysSecret
	}
	err := signed.Verify(key.Secret, body)
	if !known || signed.SessionToken != "" { // no key has sessions
		return access.Caller{}, muster.ErrUnrecognizedClient
	}
	if err != nil {
		return access.Caller{}, signatureError(err)
	}
	return access.Caller{
		KeyID: signed.AccessKeyID,
		Role:  key.Role,
		Node:  key.Node,
		Space: muster.Space{Account: key.Account, Region: muster.Region(signed.Scope.Region)},
	}, nil
}

// signatureError gives a refusal its code at the wire; the text is already AWS's.
func signatureError(err error) error {
	var refusal *sigv4.Error
	if !errors.As(err, &refusal) {
		return err
	}
	switch refusal.Kind {
	case sigv4.Missing:
		return muster.ErrMissingAuthenticationToken
	case sigv4.Incomplete:
		return muster.ErrIncompleteSignature(refusal.Message)
	}
	return muster.ErrSignature(refusal.Message)
}
