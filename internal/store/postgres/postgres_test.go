package postgres

import (
	"context"
	"testing"

	"muster/internal/store"
	"muster/internal/store/postgres/pgtest"
	"muster/internal/store/storetest"
)

// TestOnServer is all the tests that need a server, which they share: each has a schema of its own.
func TestOnServer(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	t.Run("Store", func(t *testing.T) {
		storetest.Run(t, func(t testing.TB) storetest.Opener {
			dsn := server.Schema(t)
			return func(t testing.TB) store.Store { return mustOpen(t, dsn) }
		})
	})
	t.Run("Shared", func(t *testing.T) {
		storetest.RunShared(t, func(t testing.TB) storetest.SharedOpener {
			dsn := server.Schema(t)
			return func(t testing.TB) store.Shared { return mustOpen(t, dsn) }
		})
	})
	for name, test := range map[string]func(*testing.T, *pgtest.Server){
		"Unknown outcome": testUnknownOutcome,
		"Lost before":     testLostBefore,
		"Unwritable":      testUnwritable,
		"Counting":        testCounting,
		"Feed":            testFeed,
		"Trim":            testTrim,
		"Lost tail":       testLostTail,
		"Lead":            testLead,
		"Resume":          testResume,
		"Format":          testFormat,
		"Synchronous":     testSynchronous,
		"Damage":          testDamage,
		"Unprotected":     testUnprotected,
		"Rolled back":     testRolledBack,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, server)
		})
	}
}

func mustOpen(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testUnprotected(t *testing.T, server *pgtest.Server) {
	s := mustOpen(t, server.Schema(t))
	defer s.Close()
	for _, want := range []bool{false, true} {
		if want {
			server.Standby(t)
			for server.Ask(t, `SELECT count(*)::text FROM pg_stat_replication`) == "0" {
			}
		}
		if got, err := s.Unprotected(t.Context()); err != nil || got != want {
			t.Errorf("with a standby (%v) that nobody waits for: %v, %v", want, got, err)
		}
	}
}
