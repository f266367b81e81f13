package sigv4

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

const agentNode = "mi-0123456789abcdef0"

func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// agentRequest is a call as amazon-ssm-agent writes it: a body in chunks, the body's hash in a header that nobody signed. It is
// made by hand, so that it holds our canonical form against another one.
func agentRequest(t testing.TB, key *rsa.PrivateKey, salt int, body string) []byte {
	t.Helper()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
	canonical := "POST\n/\n\n" +
		"content-type:application/x-amz-json-1.1\nhost:muster.example:8181\nx-amz-date:20150830T123600Z\n" +
		"x-amz-target:AmazonSSM.RequestManagedInstanceRoleToken\n\n" +
		"content-type;host;x-amz-date;x-amz-target\n" + sum
	toSign := fmt.Sprintf("AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/eu-west-1/ssm/aws4_request\n%x", sha256.Sum256([]byte(canonical)))
	digest := sha256.Sum256([]byte(toSign))
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: muster.example:8181\r\n"+
		"User-Agent: aws-sdk-go/1.51.20 (go1.22.3; linux; amd64) amazon-ssm-agent/3.3.0.0\r\nTransfer-Encoding: chunked\r\n"+
		"Authorization: AWS4-HMAC-SHA256 Credential=%s/20150830/eu-west-1/ssm/aws4_request, "+
		"SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=%s\r\n"+
		"Content-Type: application/x-amz-json-1.1\r\nX-Amz-Content-Sha256: %s\r\nX-Amz-Date: 20150830T123600Z\r\n"+
		"X-Amz-Target: AmazonSSM.RequestManagedInstanceRoleToken\r\nAccept-Encoding: gzip\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
		agentNode, base64.StdEncoding.EncodeToString(signature), sum, len(body), body)
}

// agentKey knows one node.
func agentKey(key *rsa.PublicKey) verifier {
	return func(signed Signed, bodySHA256 [sha256.Size]byte) error {
		if signed.AccessKeyID != agentNode {
			return errors.New("unknown node")
		}
		return signed.VerifyPSS(key, bodySHA256)
	}
}

func TestPSSAsTheAgentSigns(t *testing.T) {
	t.Parallel()
	key, other := newKey(t), newKey(t)
	for name, test := range map[string]struct {
		signer *rsa.PrivateKey
		salt   int
		ok     bool
	}{
		"as it is":           {key, 32, true},
		"another key":        {other, 32, false},
		"the longest salt":   {key, rsa.PSSSaltLengthAuto, false},
		"a short salt":       {key, 1, false},
		"salt of other hash": {key, 20, false},
	} {
		if _, err := accept(agentRequest(t, test.signer, test.salt, `{"Fingerprint":"f"}`), agentKey(&key.PublicKey)); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPSSEveryTamperedByteIsRefused is TestEveryTamperedByteIsRefused for the private keys of nodes.
func TestPSSEveryTamperedByteIsRefused(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	original := agentRequest(t, key, 32, `{"Fingerprint":"979b554f-0d67-42c6-9730-48443b3016dd"}`)
	refused, accepted := tamper(t, original, "=,0", agentKey(&key.PublicKey))
	if refused < 3*accepted {
		t.Errorf("refused %d, accepted %d: the test has lost its bite", refused, accepted)
	}
}

func TestPSSDeclaredHashMustBeTrue(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	original := agentRequest(t, key, 32, "{}")
	for _, declared := range []string{"UNSIGNED-PAYLOAD", strings.Repeat("0", 64)} {
		at := bytes.Index(original, []byte("X-Amz-Content-Sha256: ")) + len("X-Amz-Content-Sha256: ")
		tampered := append(append(bytes.Clone(original[:at]), declared...), original[at+64:]...)
		if _, err := accept(tampered, agentKey(&key.PublicKey)); kindOf(err) != Mismatch {
			t.Errorf("%s: %v", declared, err)
		}
	}
}

func TestSignPSSIsVerified(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:8181/", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonSSM.RequestManagedInstanceRoleToken")
	if err := SignPSS(r, sha256.Sum256([]byte("{}")), agentNode, key, Scope{"eu-west-1", "ssm"}, exampleTime); err != nil {
		t.Fatal(err)
	}
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	if _, err := accept(wire.Bytes(), agentKey(&key.PublicKey)); err != nil {
		t.Error(err)
	}
}

// FuzzPSS: no other text than the one that was made is taken for a signature.
func FuzzPSS(f *testing.F) {
	key := newKey(f)
	good := string(agentRequest(f, key, 32, "{}"))
	at := strings.Index(good, "Signature=") + len("Signature=")
	end := at + strings.IndexByte(good[at:], '\r')
	genuine := good[at:end]
	f.Add(genuine)
	f.Add(strings.TrimRight(genuine, "="))
	f.Add(genuine + "=")
	f.Add("AAAA\t" + genuine[4:])
	f.Add("")
	f.Fuzz(func(t *testing.T, signature string) {
		if strings.ContainsAny(signature, "\r\n") {
			return // it would be more than a part of a header
		}
		_, err := accept([]byte(good[:at]+signature+good[end:]), agentKey(&key.PublicKey))
		first, _, _ := strings.Cut(strings.Map(func(c rune) rune {
			if c < utf8.RuneSelf && isASCIISpace(byte(c)) {
				return ','
			}
			return c
		}, signature), ",") // other parameters may follow
		if err == nil && first != genuine {
			t.Errorf("%q was accepted for %q", signature, genuine)
		}
	})
}
