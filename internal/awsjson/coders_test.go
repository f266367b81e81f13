package awsjson_test

import (
	"context"
	"crypto/sha256"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// slowOutput is encoded for as long as its test wants.
type slowOutput struct {
	encoding *atomic.Int64
	end      <-chan struct{}
}

func (o *slowOutput) MarshalJSON() ([]byte, error) {
	o.encoding.Add(1)
	<-o.end
	return []byte("{}"), nil
}

// TestCodingIsCapped keeps as many calls encoding as may, and looks how far the others come.
func TestCodingIsCapped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const coders, others = 3, 7
		var decoded, encoding atomic.Int64
		end := make(chan struct{})
		h := awsjson.NewHandler(awsjson.Config{Keys: fixedKeys, Now: func() time.Time { return now }, Coders: coders},
			awsjson.Handle(access.PutInventory, func(context.Context, access.Caller, *ssmapi.PutInventoryInput) (*slowOutput, error) {
				decoded.Add(1)
				return &slowOutput{&encoding, end}, nil
			}))
		var calls sync.WaitGroup
		start := func(n int) {
			for range n {
				calls.Go(func() {
					r := httptest.NewRequest("POST", "/", strings.NewReader(goodPut))
					r.Header.Set("X-Amz-Target", string(access.PutInventory))
					sigv4.Sign(r, sha256.Sum256([]byte(goodPut)), sigv4.Credentials{AccessKeyID: "AKIAADMIN", SecretAccessKey: "admin-secret"},
						sigv4.Scope{Region: "eu-west-1", Service: "ssm"}, now)
					h.ServeHTTP(httptest.NewRecorder(), r)
				})
			}
			synctest.Wait()
		}
		start(coders + 1)
		if n := encoding.Load(); n != coders {
			t.Errorf("%d calls encode, want %d", n, coders)
		}
		before := decoded.Load()
		start(others)
		if n := decoded.Load(); n != before {
			t.Errorf("%d calls were decoded while others had all the room", n-before)
		}
		close(end)
		calls.Wait()
		if n := encoding.Load(); n != coders+1+others {
			t.Errorf("%d calls were answered, want %d", n, coders+1+others)
		}
	})
}
