package sigv4

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// pssOptions are those of amazon-ssm-agent: MGF1 is with SHA-256 too.
var pssOptions = rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}

// SignPSS is [Sign] with a node's private key, under the id of the node, for [Signed.VerifyPSS]. There is no session token.
func SignPSS(r *http.Request, bodySHA256 [sha256.Size]byte, node string, key *rsa.PrivateKey, scope Scope, now time.Time) error {
	signed := unsigned(r, node, "", scope, now.UTC())
	digest := sha256.Sum256(signed.stringToSign(bodySHA256))
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &pssOptions)
	if err != nil {
		return err
	}
	signed.Signature = base64.StdEncoding.EncodeToString(signature)
	r.Header.Set("Authorization", signed.Authorization())
	return nil
}

// VerifyPSS refuses, with an [*Error] of kind [Mismatch], unless the string to sign was signed with the private key that belongs
// to this one, and the body has this SHA-256. The Signature is base64 then, with padding; the label stays that of HMAC.
//
// The string to sign does not name the signer, so a key must belong to one signer only.
func (s Signed) VerifyPSS(key *rsa.PublicKey, bodySHA256 [sha256.Size]byte) error {
	// Strict, because the last character has bits that stand for nothing, and a signature is to have one spelling.
	signature, err := base64.StdEncoding.Strict().DecodeString(s.Signature)
	if err != nil || !s.declares(bodySHA256) {
		return errMismatch()
	}
	digest := sha256.Sum256(s.stringToSign(bodySHA256))
	if rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, &pssOptions) != nil {
		return errMismatch()
	}
	return nil
}
