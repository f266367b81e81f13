package fleet

import (
	"context"
	"os"
	"sync"
	"testing"

	"muster/internal/store"
	"muster/internal/store/postgres"
	"muster/internal/store/postgres/pgtest"
)

// TestPatroni cuts the leader of a cluster off, twice: from etcd, while its clients still reach it, and from its clients, while etcd
// does. The first time another member leads, and never do two. Nothing that three servers have acknowledged is lost.
func TestPatroni(t *testing.T) {
	if os.Getenv("MUSTER_SLOW") == "" {
		t.Skip("./check --slow has it, as it takes minutes")
	}
	t.Parallel()
	cluster := pgtest.StartCluster(t)
	dsn := cluster.Schema(t)
	watching, stop := context.WithCancel(t.Context())
	var watch sync.WaitGroup
	watch.Go(func() {
		if err := cluster.Writers(watching); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		watch.Wait()
	})
	tr := openSites(t, 3, func() (store.Store, error) { return postgres.Open(context.Background(), dsn) })
	tr.finish(t, func() {
		tr.proceed(t, racedReads/10)
		former := cluster.Leader(t, nil)
		mend := former.Etcd.Hold(t)
		tr.proceed(t, racedReads/10) // clients still reach it
		leader := cluster.Leader(t, former)
		tr.proceed(t, racedReads/10)
		mend()
		cluster.Follows(t, former)
		tr.proceed(t, racedReads/10)

		mend = leader.Clients.Hold(t)
		for _, s := range tr.sites {
			for s.(*fleetSite).fleet.Ready() == nil {
				pgtest.Pause(t)
			}
		}
		mend()
		tr.proceed(t, racedReads/10)
		if now := cluster.Leader(t, nil); now != leader {
			t.Error("a leader that etcd reaches was replaced")
		}
	})
}
