package awsjson

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/sigv4"
)

// Keys finds what requests are signed with.
type Keys interface {
	// Lookup gives an access key.
	Lookup(accessKeyID string) (muster.AccessKey, bool)

	// Session gives the key that a session token is of, in a region, or says with an error for the client that there is none.
	Session(accessKeyID, token string, region muster.Region) (muster.AccessKey, error)

	// Machine gives the public key that a node signs with, as DER of a SubjectPublicKeyInfo, the node's space and its role.
	Machine(muster.NodeID) (publicKey []byte, space muster.Space, role muster.Role, ok bool)
}

// signer is who a request says has signed it, with a secret or with a private key.
type signer struct {
	unsigned bool
	signed   sigv4.Signed
	secret   string
	key      *rsa.PublicKey
	region   muster.Region // the only one that the secret or the key is good in; empty for any
	caller   access.Caller // as it is if the signature is right
}

// identify refuses, before any of the body is read, what no body could make good: a signature that cannot be read, or by a key
// that nobody has. So whoever names no key of ours holds no memory, but for a stranger: see there.
//
// That tells by the time, too, which keys exist, and gives nothing away: the answers of AWS tell as much, for an unknown key has a
// code of its own, and a key's id is no secret. What must not be told by the time is how much of a signature was right, and is not.
func identify(r *http.Request, o access.Operation, keys Keys, now time.Time) (signer, error) {
	if o.Open() && r.Header.Get("Authorization") == "" {
		return signer{unsigned: true, caller: access.Caller{Role: muster.RoleNobody}}, nil
	}
	signed, err := sigv4.Parse(r, o.Service(), now)
	if err != nil {
		return signer{}, signatureError(err)
	}
	if signed.SessionToken == "" && strings.HasPrefix(signed.AccessKeyID, "mi-") {
		return machineSigner(signed, keys)
	}
	region := muster.Region(signed.Scope.Region)
	key, err := secretKey(signed, region, keys)
	if err != nil {
		return signer{}, err
	}
	return signer{signed: signed, secret: key.Secret, region: key.Region, caller: access.Caller{
		KeyID: signed.AccessKeyID,
		Role:  key.Role,
		Node:  key.Node,
		Space: muster.Space{Account: key.Account, Region: region},
	}}, nil
}

// secretKey finds the key of a session, or an access key.
func secretKey(signed sigv4.Signed, region muster.Region, keys Keys) (muster.AccessKey, error) {
	if signed.SessionToken != "" {
		return keys.Session(signed.AccessKeyID, signed.SessionToken, region)
	}
	key, known := keys.Lookup(signed.AccessKeyID)
	if !known {
		return muster.AccessKey{}, muster.ErrUnrecognizedClient
	}
	return key, nil
}

// machineSigner is a node that signs with its private key, under its own id.
func machineSigner(signed sigv4.Signed, keys Keys) (signer, error) {
	id := muster.NodeID(signed.AccessKeyID)
	der, space, role, ok := keys.Machine(id)
	if !ok {
		return signer{}, muster.ErrUnrecognizedClient
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return signer{}, err
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return signer{}, errors.New("the key of " + string(id) + " is not an RSA key")
	}
	return signer{signed: signed, key: public, region: space.Region, caller: access.Caller{
		KeyID: signed.AccessKeyID, Role: role, Node: id, Space: space, PublicKey: string(der),
	}}, nil
}

// verify says who signed the request with this body.
func (s signer) verify(by *sigv4.Verifier, body [sha256.Size]byte) (access.Caller, error) {
	if s.unsigned {
		return s.caller, nil
	}
	var err error
	if s.key != nil {
		err = s.signed.VerifyPSS(s.key, body)
	} else {
		err = by.Verify(s.signed, s.secret, body)
	}
	if err != nil {
		return access.Caller{}, signatureError(err)
	}
	if s.region != "" && s.region != muster.Region(s.signed.Scope.Region) { // else a node could open a space in every region
		return access.Caller{}, muster.ErrOtherRegion(s.caller.Node, s.region)
	}
	return s.caller, nil
}

// stranger says whether the caller is one of whom nothing is known: he signs with nothing, or says that he is a machine, whose id
// is no secret. Such calls are for a machine that becomes a node, or asks for keys.
func (s signer) stranger() bool { return s.unsigned || s.key != nil }

// What a stranger's body may have: none of those calls says much.
const (
	strangerBody   = 16 << 10        // bytes
	strangerWithin = 5 * time.Second // for all of it
)

// bounds are those of one body.
type bounds struct {
	size   int64 // bytes
	within time.Duration
}

// bounds are those of the caller's body, where others have these.
func (s signer) bounds(others bounds) bounds {
	if s.stranger() {
		return bounds{min(others.size, strangerBody), min(others.within, strangerWithin)}
	}
	return others
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
