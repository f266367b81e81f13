package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The key of AWS's published examples, and when they were signed.
var (
	exampleKey  = Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	exampleTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
)

// receive reads a request as a server would.
func receive(t testing.TB, raw []byte) (r *http.Request, bodySHA256 [sha256.Size]byte) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, sha256.Sum256(body)
}

// TestVectors holds both directions against botocore.
func TestVectors(t *testing.T) {
	requests, err := filepath.Glob("testdata/vectors/*.req")
	if err != nil || len(requests) == 0 {
		t.Fatalf("vectors: %d, %v", len(requests), err)
	}
	for _, path := range requests {
		stem := strings.TrimSuffix(path, ".req")
		t.Run(filepath.Base(stem), func(t *testing.T) {
			read := func(path string) string {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
			r, sum := receive(t, []byte(read(path)))
			signed, err := Parse(r, "ssm", exampleTime)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := signed.head+hex.EncodeToString(sum[:]), read(stem+".creq"); got != want {
				t.Errorf("canonical request:\n%s\nwant:\n%s", got, want)
			}
			if got, want := string(signed.stringToSign(sum)), read(stem+".sts"); got != want {
				t.Errorf("string to sign:\n%s\nwant:\n%s", got, want)
			}
			if err := signed.Verify(exampleKey.SecretAccessKey, sum); err != nil {
				t.Error(err)
			}

			if signed.covers("content-length") { // Sign leaves that one out
				return
			}
			want := r.Header.Get("Authorization")
			creds := exampleKey
			creds.SessionToken = signed.SessionToken
			Sign(r, sum, creds, signed.Scope, exampleTime)
			if got := r.Header.Get("Authorization"); got != want {
				t.Errorf("Sign:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// TestPublishedExamples has the signatures that AWS printed in its own pages
// and test suite.
func TestPublishedExamples(t *testing.T) {
	for _, test := range []struct {
		name, url, contentType string
		scope                  Scope
		want                   string
	}{
		{
			name:  "get-vanilla of the Signature Version 4 test suite",
			url:   "https://example.amazonaws.com/",
			scope: Scope{"us-east-1", "service"},
			want:  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		{
			name:        "IAM ListUsers of the General Reference",
			url:         "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
			contentType: "application/x-www-form-urlencoded; charset=utf-8",
			scope:       Scope{"us-east-1", "iam"},
			want:        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
		},
	} {
		r, err := http.NewRequest("", test.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Method = "" // as good as GET to net/http
		if test.contentType != "" {
			r.Header.Set("Content-Type", test.contentType)
		}
		Sign(r, sha256.Sum256(nil), exampleKey, test.scope, exampleTime)
		if got := r.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature="+test.want) {
			t.Errorf("%s: %s, want signature %s", test.name, got, test.want)
		}
	}
}
