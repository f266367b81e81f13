package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// send gives the bytes of a signed call as they go over the wire.
func send(t testing.TB, body string, creds Credentials, prepare ...func(*http.Request)) []byte {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:8765/?b=2&a=1", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AmazonSSM.GetInventory")
	for _, f := range prepare {
		f(r)
	}
	Sign(r, sha256.Sum256([]byte(body)), creds, Scope{"eu-west-1", "ssm"}, exampleTime)
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	return wire.Bytes()
}

func kindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return 0
}

func TestParseReadsWhatSignWrote(t *testing.T) {
	creds := exampleKey
	creds.SessionToken = "FQoG//+token=="
	r, sum := receive(t, send(t, "{}", creds))
	signed, err := Parse(r, "ssm", exampleTime)
	if err != nil {
		t.Fatal(err)
	}
	if signed.AccessKeyID != "AKIDEXAMPLE" || signed.SessionToken != creds.SessionToken ||
		signed.Scope != (Scope{"eu-west-1", "ssm"}) || !signed.Time.Equal(exampleTime) {
		t.Errorf("signed = %+v", signed)
	}
	want := []string{"content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"}
	if !slices.Equal(signed.SignedHeaders, want) {
		t.Errorf("signed headers %q, want %q", signed.SignedHeaders, want)
	}
	if signed.Authorization() != r.Header.Get("Authorization") {
		t.Errorf("rendered %q, received %q", signed.Authorization(), r.Header.Get("Authorization"))
	}
	if err := signed.Verify(creds.SecretAccessKey, sum); err != nil {
		t.Error(err)
	}
	if err := signed.Verify("another secret", sum); kindOf(err) != Mismatch {
		t.Errorf("another secret: %v", err)
	}
}

// TestHeadersOnTheWay: those that a transport or a proxy sets or changes are
// not signed, and those that it adds do no harm.
func TestHeadersOnTheWay(t *testing.T) {
	r, sum := receive(t, send(t, "{}", exampleKey, func(r *http.Request) {
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("User-Agent", "muster/1")
		r.Header.Set("Connection", "keep-alive")
		r.Header.Set("Accept", "*/*")
	}))
	r.Header.Set("Accept-Encoding", "identity")
	r.Header.Set("User-Agent", "a proxy")
	r.Header.Set("X-Amz-Cf-Id", "added")
	r.Header.Set("X-Amzn-Trace-Id", "Root=1")
	r.Header.Del("Connection")
	signed, err := Parse(r, "ssm", exampleTime)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"accept", "content-type", "host", "x-amz-date", "x-amz-target"}; !slices.Equal(signed.SignedHeaders, want) {
		t.Errorf("signed headers %q, want %q", signed.SignedHeaders, want)
	}
	if err := signed.Verify(exampleKey.SecretAccessKey, sum); err != nil {
		t.Error(err)
	}
}

// TestCanonicalQuery has what no signer sends; the vectors have the rest.
func TestCanonicalQuery(t *testing.T) {
	for raw, want := range map[string]string{
		"":           "",
		"&&":         "",
		"=":          "=",
		"a=%zz&%":    "%=&a=%zz",
		"a=%25zz":    "a=%25zz",
		"a=b=c":      "a=b%3Dc",
		"a=%2f&a=%2": "a=%2&a=%2F",
	} {
		if got := canonicalQuery(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// TestSignReplaces signs twice, as a retry does, the second time without a
// session.
func TestSignReplaces(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	creds := exampleKey
	creds.SessionToken = "token"
	none := sha256.Sum256(nil)
	Sign(r, none, creds, Scope{"local", "ssm"}, exampleTime)
	later := exampleTime.Add(time.Hour + time.Millisecond)
	Sign(r, none, exampleKey, Scope{"local", "ssm"}, later)
	signed, err := Parse(r, "ssm", later)
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.Verify(exampleKey.SecretAccessKey, none); err != nil || signed.SessionToken != "" {
		t.Errorf("token %q, %v", signed.SessionToken, err)
	}
}

func TestClockWindow(t *testing.T) {
	r, _ := receive(t, send(t, "{}", exampleKey))
	for _, test := range []struct {
		late time.Duration // of the server's clock
		want string
	}{
		{late: 0},
		{late: 5 * time.Minute},
		{late: -5 * time.Minute},
		{late: 5*time.Minute + time.Millisecond,
			want: "Signature expired: 20150830T123600Z is now earlier than 20150830T123600Z (20150830T124100Z - 5 min.)"},
		{late: 24 * time.Hour,
			want: "Signature expired: 20150830T123600Z is now earlier than 20150831T123100Z (20150831T123600Z - 5 min.)"},
		{late: -5*time.Minute - time.Second,
			want: "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"},
	} {
		elsewhere := time.FixedZone("", 2*60*60) // messages are in UTC wherever the server is
		_, err := Parse(r, "ssm", exampleTime.Add(test.late).In(elsewhere))
		if got := fmt.Sprint(err); got != test.want && (test.want != "" || err != nil) {
			t.Errorf("server late by %v: %s\nwant %s", test.late, got, test.want)
		}
		kind := kindOf(err)
		if wantExpired := strings.HasPrefix(test.want, "Signature expired"); wantExpired != (kind == Expired) {
			t.Errorf("server late by %v: kind %v", test.late, kind)
		}
		if wantFuture := strings.HasPrefix(test.want, "Signature not yet"); wantFuture != (kind == NotYetCurrent) {
			t.Errorf("server late by %v: kind %v", test.late, kind)
		}
	}
}

// TestParseRefuses replaces one header of a good request.
func TestParseRefuses(t *testing.T) {
	const (
		cred   = "Credential=AKID/20150830/eu-west-1/ssm/aws4_request"
		names  = "SignedHeaders=content-type;host;x-amz-date;x-amz-target"
		sig    = "Signature=00"
		noCred = "Authorization header requires 'Credential' parameter. "
		noSig  = "Authorization header requires 'Signature' parameter. "
		noList = "Authorization header requires 'SignedHeaders' parameter. "
	)
	scoped := func(scope string) string {
		return "AWS4-HMAC-SHA256 Credential=AKID/" + scope + ", " + names + ", " + sig
	}
	for _, test := range []struct {
		name, header, value string
		kind                Kind
		want                string
	}{
		{"none", "Authorization", "", Missing, "Missing Authentication Token"},
		{"another scheme", "Authorization", "Bearer abc=", Missing, "Missing Authentication Token"},
		{"all parts missing", "Authorization", "AWS4-HMAC-SHA256", Incomplete,
			noCred + noSig + noList + "Authorization=AWS4-HMAC-SHA256"},
		{"empty parts", "Authorization", "AWS4-HMAC-SHA256 Credential=,Signature=,SignedHeaders=", Incomplete,
			noCred + noSig + "Authorization=AWS4-HMAC-SHA256 Credential=,Signature=,SignedHeaders="},
		{"no credential", "Authorization", "AWS4-HMAC-SHA256 " + names + ", " + sig, Incomplete,
			noCred + "Authorization=AWS4-HMAC-SHA256 " + names + ", " + sig},
		{"no signature", "Authorization", "AWS4-HMAC-SHA256 " + cred + ", " + names, Incomplete,
			noSig + "Authorization=AWS4-HMAC-SHA256 " + cred + ", " + names},
		{"no equals sign", "Authorization", "AWS4-HMAC-SHA256 Credential, " + names + ", " + sig, Incomplete,
			"'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential, " + names + ", " + sig + "'."},
		{"a part twice", "Authorization", "AWS4-HMAC-SHA256 Signature=1 Signature=2", Incomplete,
			"Authorization header requires a single 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 Signature=1 Signature=2"},
		{"no date", "X-Amz-Date", "", Incomplete,
			"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=" + scoped("20150830/eu-west-1/ssm/aws4_request")},
		{"date of another form", "X-Amz-Date", "2015-08-30T12:36:00Z", Incomplete,
			"Date must be in ISO-8601 'basic format'. Got '2015-08-30T12:36:00Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"date with a fraction", "X-Amz-Date", "20150830T123600.5Z", Incomplete,
			"Date must be in ISO-8601 'basic format'. Got '20150830T123600.5Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"host not signed", "Authorization", "AWS4-HMAC-SHA256 " + cred + ", SignedHeaders=x-amz-date;x-amz-target, " + sig, UnsignedHeader,
			"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"nothing signed", "Authorization", "AWS4-HMAC-SHA256 " + cred + ", SignedHeaders=, " + sig, UnsignedHeader,
			"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"date and target not signed", "Authorization", "AWS4-HMAC-SHA256 " + cred + ", SignedHeaders=host, " + sig, UnsignedHeader,
			"'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."},
		{"session token not signed", "X-Amz-Security-Token", "token", UnsignedHeader,
			"'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization."},
		{"another algorithm", "Authorization", "AWS4-ECDSA-P256-SHA256 " + cred + ", " + names + ", " + sig, Incomplete,
			"Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."},
		{"four elements", "Authorization", scoped("20150830/eu-west-1/ssm"), Incomplete,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKID/20150830/eu-west-1/ssm'"},
		{"six elements", "Authorization", scoped("x/20150830/eu-west-1/ssm/aws4_request"), Incomplete,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKID/x/20150830/eu-west-1/ssm/aws4_request'"},
		{"region", "Authorization", scoped("20150830/EU_west/ssm/aws4_request"), WrongScope,
			"Credential should be scoped to a valid region."},
		{"service", "Authorization", scoped("20150830/eu-west-1/iam/aws4_request"), WrongScope,
			"Credential should be scoped to correct service: 'ssm'."},
		{"terminator", "Authorization", scoped("20150830/eu-west-1/ssm/aws5_request"), WrongScope,
			"Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."},
		{"scope date", "Authorization", scoped("20150831/eu-west-1/ssm/aws4_request"), WrongScope,
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150831' != '20150830', from '20150830T123600Z'."},
		{"the whole scope", "Authorization", scoped("b//d/e"), WrongScope,
			"Credential should be scoped to a valid region. Credential should be scoped to correct service: 'ssm'. " +
				"Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. " +
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20150830', from '20150830T123600Z'."},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, _ := receive(t, send(t, "{}", exampleKey))
			r.Header.Set("Authorization", scoped("20150830/eu-west-1/ssm/aws4_request"))
			if _, err := Parse(r, "ssm", exampleTime); err != nil {
				t.Fatalf("before the change: %v", err)
			}
			r.Header.Set(test.header, test.value)
			if test.value == "" {
				r.Header.Del(test.header)
			}
			signed, err := Parse(r, "ssm", exampleTime)
			if fmt.Sprint(err) != test.want || kindOf(err) != test.kind {
				t.Errorf("%v: %v\nwant %v: %s", kindOf(err), err, test.kind, test.want)
			}
			if signed.AccessKeyID != "" {
				t.Errorf("a refused request still names key %q", signed.AccessKeyID)
			}
		})
	}
}

func TestRegions(t *testing.T) {
	for region, want := range map[string]bool{
		"eu-west-1": true, "us-gov-east-1": true, "local": true, "a": true, "r2": true, strings.Repeat("a", 64): true,
		"": false, "1": false, "-a": false, "Eu-west-1": false, "eu west": false, "eu_west": false, "ü": false,
		"a\x00": false, strings.Repeat("a", 65): false,
	} {
		if got := validRegion(region); got != want {
			t.Errorf("%q: %v", region, got)
		}
	}
}

// TestAuthorizationForms accepts every order and spacing that AWS accepts, and
// keeps a base64 signature whole.
func TestAuthorizationForms(t *testing.T) {
	const cred, names = "Credential=AKID/20150830/eu-west-1/ssm/aws4_request", "SignedHeaders=content-type;host;x-amz-date;x-amz-target"
	for _, list := range []string{
		cred + ", " + names + ", Signature=a+/b==",
		cred + "," + names + ",Signature=a+/b==",
		cred + " " + names + " Signature=a+/b==",
		"Signature=a+/b== ,  " + names + " ,\t" + cred + ",",
	} {
		r, _ := receive(t, send(t, "{}", exampleKey))
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256  "+list+" ")
		signed, err := Parse(r, "ssm", exampleTime)
		if err != nil || signed.Signature != "a+/b==" || signed.AccessKeyID != "AKID" {
			t.Errorf("%s\n%+v, %v", list, signed, err)
		}
	}
}

// TestDateHeader signs by Date alone, in either of its forms, as old clients
// do.
func TestDateHeader(t *testing.T) {
	for _, date := range []string{"Sun, 30 Aug 2015 12:36:00 GMT", "20150830T123600Z"} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Date", date)
		none := sha256.Sum256(nil)
		signed := Signed{AccessKeyID: "AKID", Scope: Scope{"local", "ssm"}, SignedHeaders: []string{"date", "host"}, stamp: "20150830T123600Z"}
		signed.head = canonicalHead(r, signed.SignedHeaders)
		signed.Signature = string(deriveKey("secret", "20150830", signed.Scope).sign(signed, none))
		r.Header.Set("Authorization", signed.Authorization())

		got, err := Parse(r, "ssm", exampleTime)
		if err != nil {
			t.Fatalf("%s: %v", date, err)
		}
		if err := got.Verify("secret", none); err != nil || !got.Time.Equal(exampleTime) {
			t.Errorf("%s: %v, time %v", date, err, got.Time)
		}
	}
}

// TestDeclaredContentHash: the header may be signed or not, but what it says
// must be so.
func TestDeclaredContentHash(t *testing.T) {
	const truth = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" // of {}
	for _, test := range []struct {
		declared string
		ok       bool
	}{
		{truth, true},
		{strings.Replace(truth, "4", "5", 1), false},
		{"UNSIGNED-PAYLOAD", false},
		{"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", false},
		{"", false},
	} {
		declare := func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", test.declared) }
		before, sum := receive(t, send(t, "{}", exampleKey, declare))
		after, _ := receive(t, send(t, "{}", exampleKey))
		declare(after)
		for when, r := range map[string]*http.Request{"signed": before, "added after signing": after} {
			signed, err := Parse(r, "ssm", exampleTime)
			if err != nil {
				t.Fatal(err)
			}
			if signed.covers("x-amz-content-sha256") != (when == "signed") {
				t.Fatalf("%s: signed headers %q", when, signed.SignedHeaders)
			}
			if err := signed.Verify(exampleKey.SecretAccessKey, sum); (err == nil) != test.ok || err != nil && kindOf(err) != Mismatch {
				t.Errorf("%q, %s: %v", test.declared, when, err)
			}
		}
	}
}

// TestChunkedBody has no Content-Length to sign; one that was signed and is
// then dropped by a proxy no longer verifies.
func TestChunkedBody(t *testing.T) {
	chunked := func(raw []byte) []byte {
		head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		head = bytes.Replace(head, []byte("Content-Length: 2\r\n"), nil, 1)
		return fmt.Appendf(nil, "%s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", head, len(body), body)
	}
	r, sum := receive(t, chunked(send(t, "{}", exampleKey)))
	if r.ContentLength != -1 {
		t.Fatalf("content length %d: not chunked", r.ContentLength)
	}
	signed, err := Parse(r, "ssm", exampleTime)
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.Verify(exampleKey.SecretAccessKey, sum); err != nil {
		t.Error(err)
	}

	signed.SignedHeaders = append([]string{"content-length"}, signed.SignedHeaders...)
	whole, _ := receive(t, send(t, "{}", exampleKey))
	signed.head = canonicalHead(whole, signed.SignedHeaders)
	signed.Signature = string(deriveKey(exampleKey.SecretAccessKey, signed.date(), signed.Scope).sign(signed, sum))
	for _, test := range []struct {
		r  *http.Request
		ok bool
	}{{whole, true}, {r, false}} {
		test.r.Header.Set("Authorization", signed.Authorization())
		got, err := Parse(test.r, "ssm", exampleTime)
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Verify(exampleKey.SecretAccessKey, sum); (err == nil) != test.ok {
			t.Errorf("content length %d: %v", test.r.ContentLength, err)
		}
	}
}

// TestEveryTamperedByteIsRefused changes each byte of a signed request in
// several ways. What is still accepted must be the same request: a header's
// name in other case, say, or an unsigned User-Agent.
func TestEveryTamperedByteIsRefused(t *testing.T) {
	const body = `{"Filters":[{"Key":"AWS:Application.Name","Values":["bash"]}]}`
	creds := exampleKey
	creds.SessionToken = "token"
	refused, accepted := tamper(t, send(t, body, creds), " ,0a", exampleSecret)
	if refused < 5*accepted {
		t.Errorf("refused %d, accepted %d: the test has lost its bite", refused, accepted)
	}
}

// tamper changes each byte of a request that is accepted, in some bits and to
// each of the others, and counts what became of it.
func tamper(t *testing.T, original []byte, others string, verify verifier) (refused, accepted int) {
	t.Helper()
	wanted, err := accept(original, verify)
	if err != nil {
		t.Fatal(err)
	}
	for i := range original {
		for _, replacement := range append([]byte{original[i] ^ 1, original[i] ^ 0x20, original[i] ^ 0x80}, others...) {
			if replacement == original[i] {
				continue
			}
			tampered := bytes.Clone(original)
			tampered[i] = replacement
			got, err := accept(tampered, verify)
			if err != nil {
				refused++
				continue
			}
			accepted++
			if got != wanted {
				t.Errorf("byte %d, %q for %q, accepted as another request:\n%s", i, replacement, original[i], got)
			}
		}
	}
	return refused, accepted
}

// verifier is what a server does that knows one signer.
type verifier func(signed Signed, bodySHA256 [sha256.Size]byte) error

// exampleSecret knows exampleKey.
func exampleSecret(signed Signed, bodySHA256 [sha256.Size]byte) error {
	secret := "a secret that nobody has"
	if signed.AccessKeyID == exampleKey.AccessKeyID {
		secret = exampleKey.SecretAccessKey
	}
	return signed.Verify(secret, bodySHA256)
}

// accept verifies a request as a server does, and gives what it would act on.
func accept(raw []byte, verify verifier) (string, error) {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	signed, err := Parse(r, "ssm", exampleTime)
	if err != nil {
		return "", err
	}
	if err := verify(signed, sha256.Sum256(body)); err != nil {
		return "", err
	}
	essence := []string{r.Method, r.URL.Path, fmt.Sprint(r.URL.Query()), r.Host, signed.AccessKeyID, signed.SessionToken, fmt.Sprint(signed.Scope), signed.Signature}
	for _, name := range []string{"Content-Type", "X-Amz-Target", "X-Amz-Date"} {
		essence = append(essence, string(appendCanonicalValue(nil, r.Header.Values(name))))
	}
	return strings.Join(append(essence, string(body)), "\n"), nil
}
