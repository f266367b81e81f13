// Package sigv4 signs and verifies requests by AWS Signature Version 4, in its
// Authorization header form.
//
// It does not know keys, roles or operations, reads no body and no clock, and
// has neither presigned URLs nor S3's chunked and unsigned payloads: the
// Systems Manager API takes none of them.
//
// A server verifies in two steps, with its own look-up between them:
//
//	signed, err := sigv4.Parse(r, "ssm", now)  // all that can be refused without a key
//	secret := …                                // by signed.AccessKeyID
//	err = verifier.Verify(signed, secret, sha256.Sum256(body))
//
// Verify compares in constant time. A server that refuses an unknown key with an answer of its own, as AWS does, tells nothing by
// refusing it sooner.
//
// Source of the method: AWS IAM User Guide, "AWS Signature Version 4 for API
// requests".
package sigv4

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeLayout = "20060102T150405Z" // ISO 8601, basic form, always UTC
	dateLayout = "20060102"
)

// Credentials are what a caller signs with. SessionToken is empty for
// long-lived keys.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
}

// Scope is where a signature is valid, apart from its day.
type Scope struct {
	Region  string // "eu-west-1"
	Service string // "ssm"
}

// Sign sets X-Amz-Date, X-Amz-Security-Token and Authorization on r, replacing
// earlier ones, for a body with the given SHA-256. Sign last: every header
// that r has is signed, save those that a client, a proxy or a transport may
// still add or change. Content-Length is one of them, because the hash of the
// body says more, and a proxy may send the body in chunks.
func Sign(r *http.Request, bodySHA256 [sha256.Size]byte, creds Credentials, scope Scope, now time.Time) {
	signed := unsigned(r, creds.AccessKeyID, creds.SessionToken, scope, now.UTC())
	signed.Signature = string(deriveKey(creds.SecretAccessKey, signed.date(), scope).sign(signed, bodySHA256))
	r.Header.Set("Authorization", signed.Authorization())
}

// unsigned sets the headers that tell of a signature, and gives the claim that
// lacks it.
func unsigned(r *http.Request, keyID, sessionToken string, scope Scope, now time.Time) Signed {
	stamp := now.Format(timeLayout)
	r.Header.Set("X-Amz-Date", stamp)
	r.Header.Del("X-Amz-Security-Token")
	if sessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", sessionToken)
	}
	signed := Signed{
		AccessKeyID:   keyID,
		Scope:         scope,
		Time:          now,
		SignedHeaders: headersToSign(r.Header),
		stamp:         stamp,
	}
	signed.head = canonicalHead(r, signed.SignedHeaders)
	return signed
}

// headersToSign gives the names to sign, in canonical form: lower case,
// sorted, each once.
func headersToSign(header http.Header) []string {
	names := []string{"host"}
	for name := range header {
		switch name = strings.ToLower(name); name {
		case "accept-encoding", "authorization", "connection", "content-length", "expect", "host",
			"keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer",
			"transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
