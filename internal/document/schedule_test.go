package document

import (
	"testing"
	"time"
)

func TestScheduleNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schedule, last, want string }{
		{"rate(30 minutes)", "2026-11-22T08:10:11Z", "2026-11-22T08:40:11Z"},
		{"rate(1 hour)", "2026-11-22T23:10:00Z", "2026-11-23T00:10:00Z"},
		{"rate(2 days)", "2026-11-30T00:00:00Z", "2026-12-02T00:00:00Z"},
		{"rate(999999 days)", "2026-11-22T00:00:00Z", "2126-10-29T00:00:00Z"},
		{"cron(0 2 ? * SUN *)", "2026-11-22T02:00:00Z", "2026-11-29T02:00:00Z"},
		{"cron(0 2 ? * SUN *)", "2026-11-22T02:30:00+01:00", "2026-11-22T02:00:00Z"},
		{"cron(30 0 2 ? * SUN *)", "2026-11-22T01:00:00Z", "2026-11-22T02:00:30Z"},
		{"cron(0 0 1 1 ? 2026)", "2026-11-22T00:00:00Z", ""},
	} {
		s, err := ParseSchedule(c.schedule)
		if err != nil {
			t.Errorf("%s: %v", c.schedule, err)
			continue
		}
		last, err := time.Parse(time.RFC3339, c.last)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if next := s.Next(last); !next.IsZero() {
			got = next.Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s after %s: %s, want %s", c.schedule, c.last, got, c.want)
		}
	}
}
