package awsjson_test

import (
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/sigv4"
)

// TestStrangersShutNobodyOut has more of them than there is memory for, or places in a queue, who say that they have something to
// send and do not.
func TestStrangersShutNobodyOut(t *testing.T) {
	t.Parallel()
	for name, sign := range map[string]func(*http.Request) error{
		"unsigned": func(*http.Request) error { return nil },
		"with another's id": func(r *http.Request) error {
			r.Header.Set("X-Amz-Target", string(access.RequestManagedInstanceRoleToken))
			return sigv4.SignPSS(r, [sha256.Size]byte{}, machine, machineKey, sigv4.Scope{Region: "eu-west-1", Service: "ssm"}, now)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := awsjson.NewHandler(awsjson.Config{Keys: fixedKeys, Now: func() time.Time { return now }}, callers()...)
				const strangers = 2000
				start, answers := time.Now(), make(chan string, strangers)
				for range strangers {
					go func() { answers <- idle(t, h, sign) }()
				}
				synctest.Wait()

				r := httptest.NewRequest("POST", "/", strings.NewReader(goodPut))
				r.Header.Set("X-Amz-Target", string(access.PutInventory))
				sigv4.Sign(r, sha256.Sum256([]byte(goodPut)), sigv4.Credentials{AccessKeyID: "AKIANODE", SecretAccessKey: "node-secret"},
					sigv4.Scope{Region: "eu-west-1", Service: "ssm"}, now)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusOK || time.Since(start) > 0 {
					t.Errorf("a node's put: %d %s after %v", w.Code, w.Body, time.Since(start))
				}
				time.Sleep(2 * 5 * time.Second) // for those who had room, and for those who waited for it
				synctest.Wait()
				if used := h.BodyBudgetUsed(); used != 0 {
					t.Errorf("they hold %d bytes yet", used)
				}
				for range strangers {
					if body := <-answers; !strings.Contains(body, string(muster.CodeThrottling)) && !strings.Contains(body, string(muster.CodeSerialization)) {
						t.Error("answered ", body)
					}
				}
			})
		})
	}
}

// idle begins a call, sends nothing, and gives the answer.
func idle(t *testing.T, h http.Handler, sign func(*http.Request) error) string {
	body, hung := io.Pipe()
	r := httptest.NewRequest("POST", "/", body)
	r.ContentLength = 16 << 10
	r.Header.Set("X-Amz-Target", string(access.RegisterManagedInstance))
	if err := sign(r); err != nil {
		t.Error(err)
	}
	w := impatient{httptest.NewRecorder(), hung}
	defer time.AfterFunc(time.Minute, func() { hung.CloseWithError(os.ErrDeadlineExceeded) }).Stop() // which is the server's patience
	h.ServeHTTP(w, r)
	return w.Body.String()
}

// impatient is a writer that ends the body at the deadline which the handler sets.
type impatient struct {
	*httptest.ResponseRecorder
	body *io.PipeWriter
}

func (w impatient) SetReadDeadline(at time.Time) error {
	if !at.IsZero() {
		time.AfterFunc(time.Until(at), func() { w.body.CloseWithError(os.ErrDeadlineExceeded) })
	}
	return nil
}
