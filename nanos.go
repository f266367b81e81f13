package muster

import "time"

// Nanos is a time as nanoseconds since 1970, 0 for none: a third of a time.Time, for what a fleet keeps many of.
type Nanos int64

// NanosOf gives the time without its location.
func NanosOf(t time.Time) Nanos {
	if t.IsZero() {
		return 0
	}
	return Nanos(t.UnixNano())
}

// Time gives the time in UTC, the zero one for none.
func (n Nanos) Time() time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(n)).UTC()
}
