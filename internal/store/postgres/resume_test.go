package postgres

import (
	"errors"
	"testing"

	"muster/internal/store"
	"muster/internal/store/postgres/pgtest"
)

// testResume has one store go on where another was suspended, which others keep the feed for meanwhile; and not where it cannot.
func testResume(t *testing.T, server *pgtest.Server) {
	dsn := server.Schema(t)
	other, first := mustOpen(t, dsn), mustOpen(t, dsn)
	defer other.Close()
	mustLoad(t, other)
	mustCommit(t, other, report("i-1", "1"))
	mustLoad(t, first)
	if err := first.Stay(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !mustRenew(t, other) {
		t.Error("who only stays has the lead")
	}
	from := first.Place()
	if err := first.Suspend(); err != nil {
		t.Fatal(err)
	}
	for _, day := range []string{"2", "3"} {
		mustCommit(t, other, report("i-1", day))
	}
	mustFollow(t, other)
	mustRenew(t, other)

	second := mustOpen(t, dsn)
	defer second.Close()
	if err := second.Resume(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	var days []string
	err := second.Follow(t.Context(), func(group []store.Outcome) {
		for _, o := range group {
			days = append(days, outcomeText(o))
		}
	})
	if err != nil || len(days) != 2 {
		t.Errorf("it goes on with %q: %v", days, err)
	}
	last := second.Place()
	if err := second.Stay(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := positions(t, dsn); len(got) != 1 {
		t.Errorf("when all have everything the feed has %v: the first one's place was not given up", got)
	}
	for _, c := range []struct {
		what string
		from Place
	}{
		{"what was taken off the feed", from},
		{"another history", Place{last.Format, last.Position, last.Mark + 1, last.Server}},
		{"another format", Place{last.Format + 1, last.Position, last.Mark, last.Server}},
		{"the time to come", Place{last.Format, last.Position + 1, last.Mark, last.Server}},
		{"nothing", Place{Format: last.Format}},
	} {
		if err := second.Resume(t.Context(), c.from); !errors.Is(err, store.ErrLost) {
			t.Errorf("it goes on from %s: %v", c.what, err)
		}
	}
	mustFollow(t, second)
}
