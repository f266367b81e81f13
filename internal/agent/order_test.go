package agent

import (
	"testing"
	"time"

	"muster/internal/document"
	"muster/internal/ssmapi"
)

func TestOrderDue(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) string { return now.Add(time.Duration(minutes) * time.Minute).Format("15:04") }
	for _, c := range []struct {
		name, schedule, status string
		server, ran            int // minutes ago, 0 is never
		broken                 bool
		want                   string // "" is never
	}{
		{"new", "rate(30 minutes)", "Pending", 0, 0, false, at(0)},
		{"ordered again", "rate(30 minutes)", "Pending", 10, 10, false, at(0)},
		{"cut off", "rate(30 minutes)", "InProgress", 10, 0, false, at(0)},
		{"has run", "rate(30 minutes)", "Success", 10, 0, false, at(20)},
		{"has failed", "rate(30 minutes)", "Failed", 10, 0, false, at(20)},
		{"ran later than the server knows", "rate(30 minutes)", "Success", 10, 5, false, at(25)},
		{"is overdue", "rate(30 minutes)", "Success", 40, 0, false, at(-10)},
		{"never ran", "rate(30 minutes)", "Associated", 0, 0, false, at(0)},
		{"waits for its schedule", "cron(30 12 * * ? *)", "Associated", 10, 0, false, at(30)},
		{"ran in the future", "rate(30 minutes)", "Success", -100, 0, false, at(0)},
		{"once", "", "Associated", 0, 0, false, at(0)},
		{"once, and has run", "", "Success", 10, 10, false, ""},
		{"broken", "rate(30 minutes)", "Pending", 0, 0, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checkDue(t, now, c.schedule, c.status, c.server, c.ran, c.broken, c.want)
		})
	}
}

func checkDue(t *testing.T, now time.Time, schedule, status string, server, ran int, broken bool, want string) {
	t.Helper()
	o := order{schedule: schedule, broken: broken}
	a := ssmapi.InstanceAssociation{DetailedStatus: status}
	if schedule != "" {
		var err error
		if o.times, err = document.ParseSchedule(schedule); err != nil {
			t.Fatal(err)
		}
	}
	if server != 0 {
		a.LastExecutionDate = &ssmapi.Timestamp{Time: now.Add(-time.Duration(server) * time.Minute)}
	}
	var last time.Time
	if ran != 0 {
		last = now.Add(-time.Duration(ran) * time.Minute)
	}
	got := ""
	if due := o.due(a, last, now); !due.IsZero() {
		got = due.Format("15:04")
	}
	if got != want {
		t.Errorf("due at %q, want %q", got, want)
	}
}
