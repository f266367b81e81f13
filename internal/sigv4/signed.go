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

	stamp         string   // Time as it was signed, in timeLayout
	head          string   // canonical request without the body's hash
	contentSHA256 []string // each X-Amz-Content-Sha256
}

// Verify refuses, with an [*Error] of kind [Mismatch], unless the request was
// signed with secret and its body has this SHA-256. It takes the same steps
// whatever is wrong. Who verifies often has a [Verifier].
func (s Signed) Verify(secret string, bodySHA256 [sha256.Size]byte) error {
	return s.verify(deriveKey(secret, s.date(), s.Scope), bodySHA256)
}

func (s Signed) verify(key *signingKey, bodySHA256 [sha256.Size]byte) error {
	genuine := hmac.Equal([]byte(s.Signature), key.sign(s, bodySHA256))
	if !s.declares(bodySHA256) || !genuine {
		return errMismatch()
	}
	return nil
}

// declares says whether a hash that the request declares is the true one;
// this also refuses UNSIGNED-PAYLOAD and STREAMING-..., which would leave the
// body open.
func (s Signed) declares(bodySHA256 [sha256.Size]byte) bool {
	for _, declared := range s.contentSHA256 {
		if declared != hex.EncodeToString(bodySHA256[:]) {
			return false
		}
	}
	return true
}

// stringToSign is what a signature covers: the HMAC that [Signed.Verify]
// checks, or one made with a private key, for [Signed.VerifyPSS].
func (s Signed) stringToSign(bodySHA256 [sha256.Size]byte) []byte {
	request := make([]byte, 0, 1024) // stays on the stack, unless the request is long
	hash := sha256.Sum256(hex.AppendEncode(append(request, s.head...), bodySHA256[:]))
	b := make([]byte, 0, 192)
	for _, part := range []string{algorithm, "\n", s.stamp, "\n", s.date(), "/", s.Scope.Region, "/", s.Scope.Service, "/", terminator, "\n"} {
		b = append(b, part...)
	}
	return hex.AppendEncode(b, hash[:])
}

// Authorization renders the header that Parse reads.
func (s Signed) Authorization() string {
	return fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%s", algorithm,
		s.AccessKeyID, s.credentialScope(), strings.Join(s.SignedHeaders, ";"), s.Signature)
}

func (s Signed) covers(name string) bool {
	return slices.Contains(s.SignedHeaders, name)
}

// date is the day of the stamp.
func (s Signed) date() string { return s.stamp[:len(dateLayout)] }

func (s Signed) credentialScope() string {
	return s.date() + "/" + s.Scope.Region + "/" + s.Scope.Service + "/" + terminator
}
