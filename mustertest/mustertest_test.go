package mustertest_test

import (
	"sync"
	"testing"

	"muster/mustertest"
)

// TestKeyOutlivesARestart asks for it all the while, from another goroutine.
func TestKeyOutlivesARestart(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	wantID, wantSecret := srv.AccessKey()
	restarted := make(chan struct{})
	var asking sync.WaitGroup
	asking.Go(func() {
		for done := false; !done; {
			select {
			case <-restarted:
				done = true
			default:
			}
			if id, secret := srv.AccessKey(); id != wantID || secret != wantSecret {
				t.Errorf("the key has become %s, %s", id, secret)
				return
			}
		}
	})
	srv.Restart()
	close(restarted)
	asking.Wait()
}
