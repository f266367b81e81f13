package mustertest_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// refusesAltered sends the request with each of its parts changed in one byte: the body, each header that is signed, each part of the
// credential, the list of headers and the signature. Each has to be refused for its signature or its key, before anything else of it
// is looked at. The request itself stays as it was.
func (m *machine) refusesAltered(r *http.Request) {
	m.t.Helper()
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(payload))
	for _, a := range m.alterations(r) {
		altered, text := r.Clone(m.t.Context()), bytes.Clone(payload)
		a.alter(altered, &text)
		altered.Body, altered.GetBody = io.NopCloser(bytes.NewReader(text)), nil
		if altered.ContentLength > 0 {
			altered.ContentLength = int64(len(text))
		}
		if got := send(m.t, altered); !slices.Contains(refusals, got.code) {
			m.t.Errorf("%s with another %s is answered %d %v: %s", r.Header.Get("X-Amz-Target"), a.part, got.status, got.members, altered.Header)
		}
	}
}

// refusals are the codes of signatures, of keys, and of an operation that is none.
var refusals = []string{
	"InvalidSignatureException", "IncompleteSignatureException", "UnrecognizedClientException", "MissingAuthenticationTokenException", "UnknownOperationException",
}

// alteration changes a part of a request that is signed.
type alteration struct {
	part  string
	alter func(r *http.Request, body *[]byte)
}

func (m *machine) alterations(r *http.Request) []alteration {
	all := []alteration{
		{"body", func(_ *http.Request, body *[]byte) { *body = []byte(m.another(string(*body))) }},
		{"end of the body", func(_ *http.Request, body *[]byte) { *body = append(*body, ' ') }},
		{"length of the body", func(_ *http.Request, body *[]byte) { *body = (*body)[:len(*body)-1] }},
		{"host", func(r *http.Request, _ *[]byte) { r.Host = m.another(r.URL.Host) }},
		{"declared hash", func(r *http.Request, _ *[]byte) { r.Header.Set("X-Amz-Content-Sha256", strings.Repeat("0", 64)) }},
		{"header that nobody signed", func(r *http.Request, _ *[]byte) { r.Header.Set("X-Amz-Another", "1") }},
		{"authorization, none", func(r *http.Request, _ *[]byte) { r.Header.Del("Authorization") }},
	}
	authorization := r.Header.Get("Authorization")
	for _, at := range pieces.FindAllStringSubmatchIndex(authorization, -1) {
		from, to := at[2], at[3]
		all = append(all, alteration{authorization[from:to], func(r *http.Request, _ *[]byte) {
			r.Header.Set("Authorization", authorization[:from]+m.another(authorization[from:to])+authorization[to:])
		}})
	}
	for _, name := range []string{"Content-Type", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Target"} {
		if signed := r.Header.Get(name); signed != "" {
			all = append(all, alteration{name, func(r *http.Request, _ *[]byte) { r.Header.Set(name, m.another(signed)) }})
		}
	}
	return all
}

// pieces of an Authorization header are what stands between its separators, without the names of its parts.
var pieces = regexp.MustCompile(`(?:Credential=|SignedHeaders=|Signature=)?([^ ,;/=]+)`)

// another gives the text with one byte changed, at a place that is another each time.
func (m *machine) another(text string) string {
	m.turn += 31
	altered := []byte(text)
	altered[m.turn%len(altered)] ^= 1
	return string(altered)
}
