package main

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
)

// brittle is a part that ends when it is broken.
type brittle struct {
	ended  chan struct{}
	starts int
	fails  int // how many starts will
	stops  int
}

func (b *brittle) Start() error {
	if b.fails > 0 {
		b.fails--
		return errors.New("no luck")
	}
	b.ended = make(chan struct{})
	b.starts++
	return nil
}

func (b *brittle) Ended() <-chan struct{} { return b.ended }
func (b *brittle) PID() int               { return b.starts }
func (b *brittle) Stop() error            { b.stops++; return errors.New("it was hard") }

// keepBrittle starts it and keeps it going.
func keepBrittle(t *testing.T) (b *brittle, said chan string, stop func() error) {
	t.Helper()
	b = &brittle{}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	said = make(chan string, 10)
	return b, said, keep("it", b, func(format string, args ...any) { said <- fmt.Sprintf(format, args...) })
}

func TestKeep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, said, stop := keepBrittle(t)
		synctest.Wait()
		b.fails = 1
		close(b.ended)
		var got []string
		for range 4 {
			got = append(got, <-said)
		}
		const ended = "it has ended; it will be started again in 5s"
		if want := []string{ended, "it: no luck", ended, "it is back, as process 2"}; !slices.Equal(got, want) {
			t.Errorf("said %q, want %q", got, want)
		}
		if err := stop(); err == nil || err.Error() != "it was hard" || b.stops != 1 || b.starts != 2 {
			t.Errorf("stopped %d times with %v after %d starts", b.stops, err, b.starts)
		}
	})
}

func TestKeepStopsWhatHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, said, stop := keepBrittle(t)
		close(b.ended)
		<-said
		if err := stop(); err == nil || b.starts != 1 || b.stops != 1 {
			t.Errorf("stopped %d times with %v after %d starts", b.stops, err, b.starts)
		}
	})
}
