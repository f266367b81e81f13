package main

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"muster/internal/store/postgres/pgtest"
)

// TestDatabaseDiskFull fills the disk of a database: first its tables cannot grow, and then, which ends it, its log.
func TestDatabaseDiskFull(t *testing.T) {
	t.Parallel()
	database, disk := pgtest.StartOnDisk(t, 128)
	u := useDatabase(t, "", database.URL(t))
	u.expect(t, "at first", allIsWell)
	database.Exec(t, `SELECT pg_switch_wal()`) // so that the log has room for a while
	u.reportUntil(t, func() { disk.Fill(t) })
	u.expect(t, "without room for tables", onlyPutsFail)
	disk.Free(t)
	u.recovered(t)

	disk.Fill(t)
	database.SpendLog(t)
	u.expect(t, "without room for the log, which has ended the database,", nothingGoes)
	disk.Free(t)
	database.Restart(t)
	u.recovered(t)
}

// TestDatabaseIsCutOff has a server in a network of its own, and everything lost on the way between it and its database, both ways.
func TestDatabaseIsCutOff(t *testing.T) {
	t.Parallel()
	network := newNetwork(t)
	database := pgtest.Start(t)
	proxy := database.Proxy(t, network.database.here+":0")
	u := useDatabase(t, `exec ip netns exec `+network.name+` "$@"`, proxy.URL(t, database.URL(t)), "--listen", network.clients.there+":0")
	u.expect(t, "at first", allIsWell)
	u.reportUntil(t, func() { network.database.cut(t) })
	u.expect(t, "cut off", nothingGoes)
	network.database.mend(t)
	u.recovered(t)
}

// network is a network namespace, with a cable to a database and one to clients.
type network struct {
	name              string
	database, clients cable
}

// cable has an end in our network and one in the namespace, with their addresses.
type cable struct {
	namespace, link string
	here, there     string
}

// newNetwork makes the namespace, which ends with the test. It takes root: else it skips the test.
func newNetwork(t *testing.T) network {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can make a network namespace")
	}
	for _, program := range []string{"ip", "tc"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	n := network{name: fmt.Sprint("muster", os.Getpid())}
	if out, err := exec.Command("ip", "netns", "add", n.name).CombinedOutput(); err != nil {
		t.Skipf("in this container not even root can make a network namespace: %s", out)
	}
	t.Cleanup(func() { run(t, "ip", "netns", "delete", n.name) }) // with its cables
	n.database, n.clients = n.lay(t, "mdb", 18), n.lay(t, "mcl", 19)
	return n
}

// lay lays a cable. Its addresses, 198.18.0.0/15, are kept free for trials; each process has a few of its own.
func (n network) lay(t *testing.T, prefix string, net int) cable {
	t.Helper()
	at := os.Getpid() % (1 << 14) * 4
	address := func(host int) string { return fmt.Sprintf("198.%d.%d.%d", net, (at+host)>>8, (at+host)&255) }
	c := cable{namespace: n.name, link: fmt.Sprint(prefix, os.Getpid()), here: address(1), there: address(2)}
	run(t, "ip", "link", "add", c.link, "type", "veth", "peer", "name", c.link, "netns", n.name)
	run(t, "ip", "address", "add", c.here+"/30", "dev", c.link)
	run(t, "ip", "link", "set", c.link, "up")
	run(t, "ip", "-n", n.name, "address", "add", c.there+"/30", "dev", c.link)
	run(t, "ip", "-n", n.name, "link", "set", c.link, "up")
	return c
}

// cut has both ends drop what they are to send.
func (c cable) cut(t *testing.T) {
	run(t, "tc", "qdisc", "add", "dev", c.link, "root", "blackhole")
	run(t, "tc", "-n", c.namespace, "qdisc", "add", "dev", c.link, "root", "blackhole")
}

func (c cable) mend(t *testing.T) {
	run(t, "tc", "qdisc", "delete", "dev", c.link, "root")
	run(t, "tc", "-n", c.namespace, "qdisc", "delete", "dev", c.link, "root")
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Errorf("%s %v: %v\n%s", program, args, err, out)
	}
}
