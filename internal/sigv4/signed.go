package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Signed is a claim: that the holder of AccessKeyID signed this request.
type Signed struct {
	AccessKeyID   string
	SessionToken  string // "" when the request carries none
	Scope         Scope
	Time          time.Time // UTC, whole seconds
	SignedHeaders []string  // names, as the signer lists them: lower case, sorted
	Signature     string    // hexadecimal HMAC, or whatever else the signer put there

	head          string   // canonical request without the body's hash
	contentSHA256 []string // each X-Amz-Content-Sha256
}

// Verify refuses, with an [*Error] of kind [Mismatch], unless the request was
// signed with secret and its body has this SHA-256. It takes the same steps
// whatever is wrong.
func (s Signed) Verify(secret string, bodySHA256 [sha256.Size]byte) error {
	genuine := hmac.Equal([]byte(s.Signature), []byte(s.hmac(secret, bodySHA256)))
	// A declared hash must be the true one; this also refuses
	// UNSIGNED-PAYLOAD and STREAMING-..., which would leave the body open.
	for _, declared := range s.contentSHA256 {
		if declared != hex.EncodeToString(bodySHA256[:]) {
			genuine = false
		}
	}
	if !genuine {
		return errMismatch()
	}
	return nil
}

// CanonicalRequest is the request as the signer and the verifier must both see
// it.
func (s Signed) CanonicalRequest(bodySHA256 [sha256.Size]byte) string {
	return s.head + hex.EncodeToString(bodySHA256[:])
}

// StringToSign is what a signature covers: the HMAC that [Signed.Verify]
// checks, or one made with a node's private key, which is for the caller to
// check.
func (s Signed) StringToSign(bodySHA256 [sha256.Size]byte) string {
	hash := sha256.Sum256([]byte(s.CanonicalRequest(bodySHA256)))
	return strings.Join([]string{
		algorithm,
		s.Time.Format(timeLayout),
		s.credentialScope(),
		hex.EncodeToString(hash[:]),
	}, "\n")
}

// Authorization renders the header that Parse reads.
func (s Signed) Authorization() string {
	return fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%s", algorithm,
		s.AccessKeyID, s.credentialScope(), strings.Join(s.SignedHeaders, ";"), s.Signature)
}

// hmac gives the signature of s, in hexadecimal, by a key derived from secret.
func (s Signed) hmac(secret string, bodySHA256 [sha256.Size]byte) string {
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date(), s.Scope.Region, s.Scope.Service, terminator, s.StringToSign(bodySHA256)} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func (s Signed) covers(name string) bool {
	return slices.Contains(s.SignedHeaders, name)
}

func (s Signed) date() string { return s.Time.Format(dateLayout) }

func (s Signed) credentialScope() string {
	return strings.Join([]string{s.date(), s.Scope.Region, s.Scope.Service, terminator}, "/")
}
