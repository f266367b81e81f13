package awsjson

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"muster"
)

// taken is a claim that has grown, which must need no waiting.
func taken(t *testing.T, b *budget, length int64) *claim {
	t.Helper()
	c, start := b.claim(false, length), time.Now()
	if err := c.grow(t.Context(), length); err != nil || time.Since(start) > 0 {
		t.Fatalf("%d bytes: %v after %v", length, err, time.Since(start))
	}
	return c
}

// testBudget has room for large bodies of 2.3 MiB, and for small ones of a third.
const testBudget = perBodyByte * (8 << 20) / 3

func TestBudgetThrottlesWhoWaitsTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(testBudget)
		first := taken(t, b, 2<<20)
		second, start := b.claim(false, 1<<20), time.Now()
		if err := second.grow(t.Context(), 1<<20); !errors.Is(err, muster.ErrThrottling) || time.Since(start) != roomWithin {
			t.Errorf("no room: %v after %v", err, time.Since(start))
		}
		second.release()
		if used := b.used.Load(); used != 2<<20*perBodyByte {
			t.Errorf("%d in use", used)
		}
		first.release()
		taken(t, b, 2<<20).release()
		if used := b.used.Load(); used != 0 {
			t.Errorf("%d in use by nobody", used)
		}
	})
}

func TestBudgetServesInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(testBudget)
		first := taken(t, b, 2<<20)
		order := make(chan int64, 2)
		for _, length := range []int64{3 << 20, 100 << 10} { // the second of them would fit beside what is there
			go func() {
				c := b.claim(false, length)
				if err := c.grow(t.Context(), length); err != nil {
					t.Error(err)
				}
				order <- length
				c.release()
			}()
			synctest.Wait()
		}
		if len(order) > 0 {
			t.Errorf("%d bytes passed those who were there before", <-order)
		}
		first.release()
		if got := <-order; got != 3<<20 {
			t.Errorf("%d bytes came first", got)
		}
		<-order
	})
}

func TestBudgetKeepsRoomForSmallBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(testBudget)
		taken(t, b, 7<<20)
		large, waiting := b.claim(false, -1), make(chan error)
		go func() { waiting <- large.grow(t.Context(), 1) }()
		synctest.Wait()
		for range 10 {
			taken(t, b, smallBody)
		}
		if err := <-waiting; !errors.Is(err, muster.ErrThrottling) {
			t.Error(err)
		}
	})
}

func TestBudgetSmallerThanABody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(1)
		first := taken(t, b, 16<<20)
		if err := first.grow(t.Context(), 16<<20); err != nil {
			t.Error("who has everything needs no more, but: ", err)
		}
		if err := b.claim(false, 1<<20).grow(t.Context(), 1); !errors.Is(err, muster.ErrThrottling) {
			t.Error("a second one: ", err)
		}
		first.release()
		taken(t, b, 1<<20)
	})
}

func TestBudgetQueueIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(testBudget)
		taken(t, b, 7<<20)
		done := make(chan error, maxQueue)
		ctx, leave := context.WithCancel(t.Context())
		for range maxQueue {
			go func() { done <- b.claim(false, 1<<20).grow(ctx, 1) }()
		}
		synctest.Wait()
		start := time.Now()
		if err := b.claim(false, 1<<20).grow(t.Context(), 1); !errors.Is(err, muster.ErrThrottling) || time.Since(start) > 0 {
			t.Errorf("one more: %v after %v", err, time.Since(start))
		}
		leave()
		for range maxQueue {
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Fatal("who left: ", err)
			}
		}
	})
}

func TestLargeBuffersAreNotKept(t *testing.T) {
	t.Parallel()
	var kept buffers
	for range 10 {
		b := kept.take()
		if b.Cap() > keptBuffer {
			t.Fatalf("%d bytes were kept", b.Cap())
		}
		b.Grow(2 * keptBuffer)
		kept.giveBack(b)
	}
}
