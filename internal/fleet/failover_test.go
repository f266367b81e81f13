package fleet

import (
	"context"
	"testing"
	"time"

	"muster"
	"muster/internal/store"
	"muster/internal/store/postgres"
	"muster/internal/store/postgres/pgtest"
)

// TestFailoverLosesNothing has a database that waits for one of two standbys fail over under the load of three servers.
func TestFailoverLosesNothing(t *testing.T) {
	t.Parallel()
	primary := pgtest.Start(t)
	dsn := primary.Schema(t)
	a, b := primary.Standby(t), primary.Standby(t)
	primary.Exec(t, `ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'`)
	primary.Exec(t, `SELECT pg_reload_conf()`)
	either := pgtest.Either(dsn, primary, a, b)
	tr := openSites(t, 3, func() (store.Store, error) { return postgres.Open(context.Background(), either) })
	tr.finish(t, func() {
		tr.proceed(t, racedReads/4)
		primary.Kill(t)
		most := a
		if b.Ask(t, `SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '`+a.Ask(t, `SELECT pg_last_wal_receive_lsn()::text`)+`')::text`)[0] != '-' {
			most = b
		}
		most.Promote(t)
		tr.proceed(t, racedReads/4)
	})
}

// TestFailoverLosesTail promotes a standby that has not got what was acknowledged last: every server notices, shows what the database
// has, and refuses hashes of what was lost.
func TestFailoverLosesTail(t *testing.T) {
	t.Parallel()
	primary := pgtest.Start(t)
	dsn := primary.Schema(t)
	standby := primary.Standby(t)
	either := pgtest.Either(dsn, primary, standby)
	open := func(t testing.TB) *rig {
		return newRigOn(t, func() store.Store {
			s, err := postgres.Open(context.Background(), either)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}, Config{})
	}
	servers := []*rig{open(t), open(t)}
	current := func(r *rig) {
		t.Helper()
		again := time.NewTicker(pace)
		defer again.Stop()
		for r.Current(t.Context()) != nil {
			select {
			case <-again.C:
			case <-t.Context().Done():
				t.Fatal("a server does not come back")
			}
		}
	}
	kept, lost := item(app, entry("Name", "kept")), item(app, entry("Name", "lost"))
	servers[0].put(nodeID(1), kept)
	servers[0].put(nodeID(2), kept)
	standby.CaughtUp(t, primary)
	standby.CutOff(t)
	servers[0].put(nodeID(1), lost)
	servers[1].put(nodeID(3), lost)
	current(servers[0]) // one server has seen all of it; the other need not have

	primary.Kill(t)
	standby.Promote(t)
	for _, r := range servers {
		current(r)
	}
	if err := servers[0].tryPut(nodeID(1), again(lost)); code(err) != muster.CodeItemContentMismatch {
		t.Errorf("a hash of what was lost is answered with %v", err)
	}
	servers[1].put(nodeID(1), again(kept))
	fresh := open(t)
	want := dump(fresh.Fleet, here)
	for i, r := range servers {
		current(r)
		if d := diff(dump(r.Fleet, here), want); d != "" {
			t.Errorf("server %d (got) and the database (want) differ:\n%s", i+1, d)
		}
	}
	if servers[0].Stats().Reloads.Load() != 1 {
		t.Errorf("a server that had seen what was lost has loaded %d times", servers[0].Stats().Reloads.Load())
	}
}
