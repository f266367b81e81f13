package muster

import (
	"testing"
	"time"
)

func TestNanos(t *testing.T) {
	t.Parallel()
	for _, want := range []time.Time{{}, time.Date(2026, 11, 22, 6, 40, 0, 123456789, time.UTC), time.Date(1999, 1, 1, 0, 0, 0, 1, time.FixedZone("", 3600))} {
		if got := NanosOf(want).Time(); !got.Equal(want) {
			t.Errorf("%v came back as %v", want, got)
		}
	}
}
