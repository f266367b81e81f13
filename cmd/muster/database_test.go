package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"muster"
	"muster/internal/client"
	"muster/internal/sigv4"
	"muster/internal/store/postgres/pgtest"
)

// databaseUser is a server whose database is about to fail, and the nodes that report to it.
type databaseUser struct {
	server
	client *client.Client
	nodes  [8]crashNode
}

// useDatabase starts a server on a store, which is killed when the test ends. Where it runs is a shell command, as server.limit.
func useDatabase(t *testing.T, where, store string, args ...string) *databaseUser {
	t.Helper()
	u := &databaseUser{server: server{limit: where}}
	for i := range u.nodes {
		u.nodes[i].id = muster.NodeID(fmt.Sprintf("mi-%017x", i))
	}
	key := sigv4.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "a-secret-of-mine"}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "MUSTER_STORE=" + store,
		"MUSTER_ACCESS_KEY_ID=" + key.AccessKeyID, "MUSTER_SECRET_ACCESS_KEY=" + key.SecretAccessKey,
	}
	t.Cleanup(u.kill)
	if err := u.start(t.TempDir(), env, args...); err != nil {
		t.Fatal(err)
	}
	u.client = clientWith(t, &u.server, key)
	return u
}

// shows is what clients and probes see of a server.
type shows struct {
	puts, questions muster.Code // how they are answered, empty for a success
	ready           bool
}

var (
	allIsWell    = shows{ready: true}
	nothingGoes  = shows{puts: muster.CodeInternalServerError, questions: muster.CodeInternalServerError}
	onlyPutsFail = shows{puts: muster.CodeInternalServerError}
)

// expect has a node report and asks for what it has reported. Each call is answered by the server before its deadline, or is an error.
func (u *databaseUser) expect(t *testing.T, when string, want shows) {
	t.Helper()
	n := &u.nodes[0]
	n.tried = n.acked // a report that failed is sent again
	if err := n.report(t.Context(), u.client); errorCode(err) != want.puts || err == nil != (want.puts == "") {
		t.Errorf("%s a put is answered with %v", when, err)
	}
	if err := n.check(t.Context(), u.client); errorCode(err) != want.questions || err == nil != (want.questions == "") {
		t.Errorf("%s a question is answered with %v", when, err)
	}
	status, gauge := http.StatusServiceUnavailable, "\nmuster_ready 0\n"
	if want.ready {
		status, gauge = http.StatusOK, "\nmuster_ready 1\n"
	}
	if got, text := getText(t, u.url+"/readyz"); got != status {
		t.Errorf("%s readyz says %d %s", when, got, text)
	}
	if _, text := getText(t, u.url+"/metrics"); !strings.Contains(text, gauge) {
		t.Errorf("%s the metrics do not have %q", when, gauge)
	}
	if got, _ := getText(t, u.url+"/livez"); got != http.StatusOK {
		t.Errorf("%s livez says %d", when, got)
	}
}

// metric gives the value of a metric without labels.
func (u *databaseUser) metric(t *testing.T, name string) float64 {
	t.Helper()
	_, text := getText(t, u.url+"/metrics")
	_, rest, _ := strings.Cut(text, "\n"+name+" ")
	number, _, _ := strings.Cut(rest, "\n")
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}

// reportUntil has all nodes report without a pause until each has been refused, which must be by the server. fail is called when
// each has been answered once.
func (u *databaseUser) reportUntil(t *testing.T, fail func()) {
	t.Helper()
	var reporting, started sync.WaitGroup
	started.Add(len(u.nodes))
	for i := range u.nodes {
		n := &u.nodes[i]
		reporting.Go(func() {
			err := n.report(t.Context(), u.client)
			started.Done()
			for err == nil {
				err = n.report(t.Context(), u.client)
			}
			if errorCode(err) != muster.CodeInternalServerError {
				t.Errorf("%s: its last report is answered with %v", n.id, err)
			}
		})
	}
	started.Wait()
	fail()
	reporting.Wait()
}

// recovered waits until the server is ready by itself. It has all that it has acknowledged.
func (u *databaseUser) recovered(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("the server does not come back"))
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for status := 0; status != http.StatusOK; {
		select {
		case <-ctx.Done():
			t.Fatal(context.Cause(ctx))
		case <-again.C:
			status, _ = getText(t, u.url+"/readyz")
		}
	}
	for i := range u.nodes {
		if n := u.nodes[i : i+1]; n[0].acked > 0 {
			checkNodes(t, u.client, n)
		}
	}
	u.expect(t, "afterwards", allIsWell)
}

// TestDatabaseStandsStill has a database answer slowly, and then nothing more, while connections stay open and new ones are taken.
func TestDatabaseStandsStill(t *testing.T) {
	t.Parallel()
	database := pgtest.Start(t)
	proxy := database.Proxy(t, "127.0.0.1:0")
	u := useDatabase(t, "", proxy.URL(t, database.URL(t)))
	proxy.Lag(20 * time.Millisecond)
	u.expect(t, "with a slow database", allIsWell)
	proxy.Lag(0)
	if open := u.metric(t, "muster_database_connections"); open < 2 || open > 4 {
		t.Errorf("%v connections are in use", open)
	}
	if u.metric(t, "muster_follow_bytes_total") == 0 {
		t.Error("nothing has been followed")
	}
	made := u.metric(t, "muster_database_connects_total")
	var release func()
	u.reportUntil(t, func() { release = proxy.Hold(t) })
	u.expect(t, "with a database that stands still", nothingGoes)
	if age := u.metric(t, "muster_follow_age_seconds"); age < 3 { // of silence, before it is noticed
		t.Errorf("what is shown is %v seconds old", age)
	}
	release()
	u.recovered(t)
	if again := u.metric(t, "muster_database_connects_total"); again <= made {
		t.Errorf("%v connections had been made before, and then %v", made, again)
	}
}

// TestDatabaseHasNoConnections has others take all connections: a server that has its own goes on, one that has lost them waits.
func TestDatabaseHasNoConnections(t *testing.T) {
	t.Parallel()
	database := pgtest.Start(t, "max_connections=12", "superuser_reserved_connections=0")
	proxy := database.Proxy(t, "127.0.0.1:0")
	u := useDatabase(t, "", proxy.URL(t, database.URL(t)))
	u.expect(t, "at first", allIsWell)
	others := database.TakeAllConnections(t)
	u.expect(t, "while others have all other connections", allIsWell)
	release := proxy.Hold(t)
	others.Exec(t, `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'muster'`)
	others.TakeMore(t)
	release()
	u.expect(t, "while others have all connections", nothingGoes)
	if _, reason := getText(t, u.url+"/readyz"); !strings.Contains(reason, "53300") {
		t.Errorf("readyz says %s", reason)
	}
	others.Leave()
	u.recovered(t)
}

// TestDatabaseHasNoStandby has commits wait for a standby that is not there: they are given up after a while, and nobody knows whether
// they will last.
func TestDatabaseHasNoStandby(t *testing.T) {
	t.Parallel()
	database := pgtest.Start(t)
	u := useDatabase(t, "", database.URL(t))
	u.expect(t, "at first", allIsWell)
	database.Exec(t, `ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (nobody)'`)
	database.Exec(t, `SELECT pg_reload_conf()`)
	u.reportUntil(t, func() {})
	u.expect(t, "without a standby", onlyPutsFail)
	database.Exec(t, `ALTER SYSTEM RESET synchronous_standby_names`)
	database.Exec(t, `SELECT pg_reload_conf()`)
	u.recovered(t)
}
