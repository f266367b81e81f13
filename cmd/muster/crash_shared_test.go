package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"muster"
	"muster/internal/client"
	"muster/internal/sigv4"
	"muster/internal/store/postgres/pgtest"
)

// TestCrashAmongServers kills one of two servers of a database while eight nodes report to it: the other one knows all that was
// acknowledged, of each node the whole of one report, and so does the one that was killed when it is started again. One has a cache.
func TestCrashAmongServers(t *testing.T) {
	t.Parallel()
	database := pgtest.StartDurable(t)
	key := sigv4.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "a-secret-of-mine"}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "MUSTER_STORE=" + database.URL(t),
		"MUSTER_ACCESS_KEY_ID=" + key.AccessKeyID, "MUSTER_SECRET_ACCESS_KEY=" + key.SecretAccessKey,
	}
	var nodes [8]crashNode
	for i := range nodes {
		nodes[i].id = muster.NodeID(fmt.Sprintf("mi-%017x", i))
	}
	work := t.TempDir()
	var servers [2]server
	start := func(i int) *client.Client {
		dir := filepath.Join(work, fmt.Sprint(i))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := servers[i].start(dir, env, [][]string{nil, {"--cache", "copy"}}[i]...); err != nil {
			t.Fatal(err)
		}
		return clientWith(t, &servers[i], key)
	}
	t.Cleanup(servers[0].kill)
	t.Cleanup(servers[1].kill)
	clients := [2]*client.Client{start(0), start(1)}
	settled := crashNode{id: "mi-0123456789abcdef0"}
	for round := range 4 {
		killed, other := round%2, 1-round%2
		crash(t, clients[killed], &servers[killed], nodes[:], rand.N(100*time.Millisecond))
		if err := settled.report(t.Context(), clients[other]); err != nil { // after what the killed server had begun to commit
			t.Error(err)
		}
		checkNodes(t, clients[other], nodes[:])
		clients[killed] = start(killed)
		checkNodes(t, clients[killed], nodes[:])
	}
	for i := range servers {
		if err := servers[i].stop(); err != nil {
			t.Error(err)
		}
	}
}
