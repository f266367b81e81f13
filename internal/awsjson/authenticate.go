package awsjson

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/sigv4"
)

// Keys finds access keys.
type Keys interface {
	Lookup(accessKeyID string) (muster.AccessKey, bool)
}

// signer is who a request says has signed it.
type signer struct {
	signed sigv4.Signed
	key    muster.AccessKey
}

// identify refuses, before any of the body is read, what no body could make good: a signature that cannot be read, or by a key
// that nobody has. So strangers hold no memory.
//
// That tells by the time, too, which keys exist, and gives nothing away: the answers of AWS tell as much, for an unknown key has a
// code of its own, and a key's id is no secret. What must not be told by the time is how much of a signature was right, and is not.
func identify(r *http.Request, service string, keys Keys, now time.Time) (signer, error) {
	signed, err := sigv4.Parse(r, service, now)
	if err != nil {
		return signer{}, signatureError(err)
	}
	key, known := keys.Lookup(signed.AccessKeyID)
	if !known || signed.SessionToken != "" { // no key has sessions
		return signer{}, muster.ErrUnrecognizedClient
	}
	return signer{signed, key}, nil
}

// verify says who signed the request with this body.
func (s signer) verify(by *sigv4.Verifier, body [sha256.Size]byte) (access.Caller, error) {
	if err := by.Verify(s.signed, s.key.Secret, body); err != nil {
		return access.Caller{}, signatureError(err)
	}
	return access.Caller{
		KeyID: s.signed.AccessKeyID,
		Role:  s.key.Role,
		Node:  s.key.Node,
		Space: muster.Space{Account: s.key.Account, Region: muster.Region(s.signed.Scope.Region)},
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
