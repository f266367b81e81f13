package sigv4

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestVerifier: what is remembered changes no answer, whatever was verified before.
func TestVerifier(t *testing.T) {
	var v Verifier
	tomorrow := exampleTime.Add(24 * time.Hour)
	for i, test := range []struct {
		at     time.Time
		secret string
		good   bool
		kept   int
	}{
		{exampleTime, "another secret", false, 0},
		{exampleTime, exampleKey.SecretAccessKey, true, 1},
		{exampleTime, exampleKey.SecretAccessKey, true, 1},
		{exampleTime, "another secret", false, 1},
		{tomorrow, exampleKey.SecretAccessKey, true, 2},
		{tomorrow, "another secret", false, 2},
		{exampleTime, exampleKey.SecretAccessKey, true, 2},
	} {
		signed, sum := signedAt(t, test.at)
		for _, err := range []error{signed.Verify(test.secret, sum), v.Verify(signed, test.secret, sum)} {
			if (err == nil) != test.good || !test.good && kindOf(err) != Mismatch {
				t.Errorf("%d: %v", i, err)
			}
		}
		if len(v.keys) != test.kept {
			t.Errorf("%d: %d keys are remembered, want %d", i, len(v.keys), test.kept)
		}
		if err := v.Verify(signed, test.secret, sha256.Sum256([]byte("another body"))); kindOf(err) != Mismatch {
			t.Errorf("%d: another body: %v", i, err)
		}
	}
}

func TestVerifierIsBounded(t *testing.T) {
	var v Verifier
	for i := range maxKeys + 1 {
		v.remember(origin{secret: fmt.Sprint(i), day: "20150830"}, &signingKey{})
	}
	if len(v.keys) != 1 {
		t.Errorf("%d keys are remembered after one too many", len(v.keys))
	}
}

// signedAt gives a call as its receiver parsed it.
func signedAt(t testing.TB, at time.Time) (Signed, [sha256.Size]byte) {
	t.Helper()
	r, sum := receive(t, send(t, "{}", exampleKey))
	Sign(r, sum, exampleKey, Scope{"eu-west-1", "ssm"}, at)
	signed, err := Parse(r, "ssm", at)
	if err != nil {
		t.Fatal(err)
	}
	return signed, sum
}

// BenchmarkVerify is what a signature costs the server, with the derived key at hand and without.
func BenchmarkVerify(b *testing.B) {
	r, _ := receive(b, send(b, "{}", exampleKey, func(r *http.Request) { r.URL.RawQuery = "" }))
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(r, "ssm", exampleTime); err != nil {
				b.Fatal(err)
			}
		}
	})
	signed, sum := signedAt(b, exampleTime)
	var v Verifier
	for name, verify := range map[string]func() error{
		"derived":    func() error { return signed.Verify(exampleKey.SecretAccessKey, sum) },
		"remembered": func() error { return v.Verify(signed, exampleKey.SecretAccessKey, sum) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := verify(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
