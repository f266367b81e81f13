package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// FuzzParse: a header that parses, rendered and parsed again, gives the same.
func FuzzParse(f *testing.F) {
	const scope = "Credential=AKID/20150830/eu-west-1/ssm/aws4_request"
	f.Add("AWS4-HMAC-SHA256 "+scope+", SignedHeaders=host;x-amz-date, Signature=00", "20150830T123600Z", "token")
	f.Add("AWS4-HMAC-SHA256 Signature=a+/=="+scope+",,SignedHeaders=host", "Sun, 30 Aug 2015 12:36:00 GMT", "")
	f.Add("AWS4-HMAC-SHA256 Signature= "+scope+" SignedHeaders", "20150830T123600.1Z", "")
	f.Add("AWS4-HMAC-SHA256 "+scope+" SignedHeaders=host;;HOST; Signature==", "20150830T123600Z", "")
	f.Add("Bearer", "", "")
	f.Fuzz(func(t *testing.T, authorization, date, token string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Date", date)
		r.Header.Set("X-Amz-Security-Token", token)
		first, err := Parse(r, "ssm", exampleTime)
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Kind == 0 || e.Message == "" {
				t.Fatalf("not a refusal: %#v", err)
			}
			return
		}
		r.Header.Set("Authorization", first.Authorization())
		second, err := Parse(r, "ssm", exampleTime)
		if err != nil {
			t.Fatalf("rendered as %q: %v", first.Authorization(), err)
		}
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("%+v, rendered and parsed again:\n%+v", first, second)
		}
	})
}

// FuzzCanonical: what Sign signs, and the wire then carries, verifies;
// changing one byte that matters makes it fail.
func FuzzCanonical(f *testing.F) {
	f.Add("My-Header", "  a   b ", "b=2&a=1&a=%20+", "/a b/", []byte("{}"), uint(0), byte(1))
	f.Add("X-Amz-Meta", "Zürich", "ü&%zz&=&a==", "/../x//", []byte{}, uint(3), byte(0x80))
	f.Add("Content-Length", "7", "", "", []byte("seven b"), uint(9), byte(0x20))
	f.Fuzz(func(t *testing.T, name, value, query, path string, body []byte, at uint, flip byte) {
		if !isToken(name) || http.CanonicalHeaderKey(name) == "X-Amz-Content-Sha256" {
			return // http.Transport does not send it; a false hash is refused whoever signed it
		}
		r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:8765/", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path, r.URL.RawQuery = "/"+path, query
		r.Header.Set(name, value)
		r.Header.Set("X-Amz-Target", "AmazonSSM.GetInventory")
		Sign(r, sha256.Sum256(body), exampleKey, Scope{"local", "ssm"}, exampleTime)

		var wire bytes.Buffer
		if r.Write(&wire) != nil {
			return // net/http does not send it
		}
		got, err := http.ReadRequest(bufio.NewReader(&wire))
		if err != nil {
			return // or does not take it
		}
		received, err := io.ReadAll(got.Body)
		if err != nil || !bytes.Equal(received, body) {
			return // a header of the fuzzer's frames the body otherwise
		}
		verify := func(body []byte) error {
			signed, err := Parse(got, "ssm", exampleTime)
			if err != nil {
				return err
			}
			return signed.Verify(exampleKey.SecretAccessKey, sha256.Sum256(body))
		}
		if err := verify(body); err != nil {
			t.Fatalf("signed, sent and refused: %v", err)
		}

		if flip == 0 {
			return
		}
		if i := int(at % uint(len(body)+1)); i < len(body) {
			altered := bytes.Clone(body)
			altered[i] ^= flip
			if verify(altered) == nil {
				t.Fatalf("byte %d of the body changed, and accepted", i)
			}
		}
		for _, name := range []string{"X-Amz-Target", "X-Amz-Date", "Authorization"} {
			genuine := got.Header.Get(name)
			altered := []byte(genuine)
			i := int(at % uint(len(altered)))
			altered[i] ^= flip
			got.Header.Set(name, string(altered))
			keyID := strings.Index(genuine, exampleKey.AccessKeyID)
			// Separators may vary, and another key id is for the look-up to refuse.
			free := strings.IndexByte(", ", genuine[i]) >= 0 ||
				keyID >= 0 && i >= keyID && i < keyID+len(exampleKey.AccessKeyID)
			if verify(body) == nil && !free {
				t.Fatalf("%s changed to %q, and accepted", name, altered)
			}
			got.Header.Set(name, genuine)
		}
		got.URL.RawQuery += "&added"
		if verify(body) == nil {
			t.Fatal("a parameter added to the query, and accepted")
		}
	})
}

// isToken is the grammar of header names, RFC 9110 section 5.6.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}
