package pgtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"muster/internal/child"
)

// StartCluster starts a cluster, which ends with the test. Where Patroni or etcd is not installed it skips the test.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	for _, program := range []string{"patroni", "etcd"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	bin, err := child.FindPostgres()
	if err != nil {
		t.Skip(err)
	}
	c := &Cluster{}
	etcd := startEtcd(t)
	for i := range c.Members {
		m := &Member{name: fmt.Sprint("member", i+1), dir: directory(t)}
		port := freePort(t)
		m.Etcd = newProxy(t, local, func() (net.Conn, error) { return net.Dial("tcp", etcd) })
		m.Clients = newProxy(t, local, func() (net.Conn, error) { return net.Dial("tcp", port) })
		m.start(t, bin, port)
		c.Members[i] = m
	}
	leader := c.Leader(t, nil)
	for leader.ask(`SELECT (count(*) > 0)::text FROM pg_stat_replication WHERE sync_state = 'sync'`) != "true" {
		Pause(t)
	}
	return c
}

const local = "127.0.0.1:0"

// freePort gives an address on which nobody listens.
func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", local)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// directory makes one that ends with the test. Its path is short enough for a socket.
func directory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "muster-pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// begin starts a program that ends with the test, and waits for words that it says on stderr.
func begin(t testing.TB, dir, words, program string, args ...string) {
	t.Helper()
	command := exec.Command(program, args...)
	command.Dir, command.SysProcAttr = dir, child.Attributes(syscall.SIGTERM)
	if err := child.Unprivileged(command.SysProcAttr, dir); err != nil {
		t.Fatal(err)
	}
	p, err := child.Start(command, command.StderrPipe, func(line string) bool { return strings.Contains(line, words) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.End(syscall.SIGTERM) // which some programs call a failure
	})
}

func startEtcd(t testing.TB) (address string) {
	t.Helper()
	dir, peers := directory(t), "http://"+freePort(t)
	address = freePort(t)
	begin(t, dir, "ready to serve client requests", "etcd", "--name=etcd", "--data-dir="+filepath.Join(dir, "data"),
		"--listen-client-urls=http://"+address, "--advertise-client-urls=http://"+address,
		"--listen-peer-urls="+peers, "--initial-advertise-peer-urls="+peers, "--initial-cluster=etcd="+peers)
	return address
}

// patroniConfig has a leader that cannot renew its lock for 20 seconds, the least that Patroni takes, lose it, and a commit wait for
// a standby that will be promoted.
const patroniConfig = `
scope: muster
name: %[1]s
restapi: {listen: '%[2]s', connect_address: '%[2]s'}
etcd3: {hosts: ['%[3]s'], use_proxies: true}
bootstrap:
  dcs: {ttl: 20, loop_wait: 2, retry_timeout: 3, synchronous_mode: true, postgresql: {use_pg_rewind: true}}
  initdb: [{encoding: UTF8}, {locale: C}, {auth: trust}, no-sync]
postgresql:
  listen: '%[4]s'
  connect_address: '%[4]s'
  data_dir: %[5]s/data
  bin_dir: %[6]s
  pgpass: %[5]s/pgpass
  pg_hba: [local all all trust, host all all 127.0.0.1/32 trust, host replication all 127.0.0.1/32 trust]
  authentication: {superuser: {username: postgres}, replication: {username: replicator, password: replicator}}
  parameters: {unix_socket_directories: %[5]s, shared_buffers: 32MB, fsync: 'off', full_page_writes: 'on', jit: 'off'}
`

func (m *Member) start(t testing.TB, bin, address string) {
	t.Helper()
	text := fmt.Sprintf(patroniConfig, m.name, freePort(t), m.Etcd.address, address, m.dir, bin)
	file := filepath.Join(m.dir, "patroni.yml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	begin(t, m.dir, "no action. I am", "patroni", file)
}
