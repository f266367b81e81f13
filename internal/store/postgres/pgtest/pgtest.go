// Package pgtest runs a PostgreSQL server for a test: private, with a socket in its own directory and no port, gone with the test.
// It is not for anything to be kept: unless a test asks for it, nothing is synced to the disk.
package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Server is a running server.
type Server struct {
	Dir     string // of its socket, which has the name that PostgreSQL gives one for port 5432
	schemas atomic.Int64
	bin     string // of PostgreSQL
	durable bool
	command *exec.Cmd
	ended   chan error
}

// settings are those of a server.
func (s *Server) settings() []string {
	all := []string{
		"listen_addresses=", "max_connections=100", "shared_buffers=64MB", "autovacuum=off", "jit=off", "fsync=off", "full_page_writes=off",
	}
	if s.durable {
		all = all[:len(all)-2]
	}
	args := []string{"-D", filepath.Join(s.Dir, "data"), "-k", s.Dir}
	for _, setting := range all {
		args = append(args, "-c", setting)
	}
	return args
}

// Needed says whether tests fail where PostgreSQL is not installed, instead of being left out. ./check says that it is once it has
// found one.
func Needed() bool { return os.Getenv("MUSTER_NEED_POSTGRES") != "" }

// Start makes and starts a server that ends with the test. Where PostgreSQL is neither installed nor Needed it skips the test.
func Start(t testing.TB) *Server {
	t.Helper()
	return begin(t, false)
}

// StartDurable is Start of a server that keeps what it has acknowledged, as servers do.
func StartDurable(t testing.TB) *Server {
	t.Helper()
	return begin(t, true)
}

func begin(t testing.TB, durable bool) *Server {
	t.Helper()
	bin, ok := find()
	if !ok {
		const why = "no PostgreSQL: want initdb and postgres in PATH or in /usr/lib/postgresql/*/bin"
		if Needed() {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	s := place(t, bin, durable)
	err := s.initialize()
	if err == nil {
		err = s.start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// place makes the directory of a server, which ends with the test.
func place(t testing.TB, bin string, durable bool) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgtest") // t.TempDir lies in a folder that other users may not enter
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Dir: dir, bin: bin, durable: durable, ended: make(chan error, 1)}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func find() (bin string, ok bool) {
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); err == nil && len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), true
	}
	path, err := exec.LookPath("initdb")
	return filepath.Dir(path), err == nil
}

func (s *Server) initialize() error {
	attr, err := asUser(s.Dir)
	if err != nil {
		return err
	}
	initdb := exec.Command(filepath.Join(s.bin, "initdb"), "-D", filepath.Join(s.Dir, "data"), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, s.Dir
	if out, err := runLocked(initdb.CombinedOutput); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) start() error {
	attr, err := asUser(s.Dir)
	if err != nil {
		return err
	}
	command := exec.Command(filepath.Join(s.bin, "postgres"), s.settings()...)
	command.SysProcAttr, command.Dir = attr, s.Dir
	output, err := command.StderrPipe()
	if err != nil {
		return err
	}
	ready := make(chan error, 1)
	go s.run(command, bufio.NewScanner(output), ready)
	return <-ready
}

// Kill kills the server as kill -9 does. Its processes for connections end a moment later, by themselves.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if err := s.command.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-s.ended
	s.command = nil
}

// Restart starts a server that was killed. It waits for those processes, beside which no server starts.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	for try := range 100 {
		err := s.start()
		if err == nil {
			return
		}
		<-s.ended
		s.command = nil
		if try == 99 || !strings.Contains(err.Error(), "in use") && !strings.Contains(err.Error(), "lock file") {
			t.Fatal(err)
		}
	}
}

// runLocked runs do on a thread of its own: the kernel ends a child when the thread that started it ends.
func runLocked(do func() ([]byte, error)) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return do()
}

// run runs the server to its end, and says when it takes connections or why it does not.
func (s *Server) run(command *exec.Cmd, output *bufio.Scanner, ready chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := command.Start(); err != nil {
		ready <- err
		s.ended <- err
		return
	}
	s.command = command
	var said strings.Builder
	waiting := true // for "connections", or of a standby "read-only connections"
	for output.Scan() {
		if !waiting {
			continue
		}
		said.WriteString(output.Text() + "\n")
		if strings.Contains(output.Text(), "ready to accept ") {
			waiting = false
			ready <- nil
		}
	}
	err := command.Wait()
	if waiting {
		ready <- fmt.Errorf("postgres: %w\n%s", err, &said)
	}
	s.ended <- err
}

// stop ends the server at once and removes its directory.
func (s *Server) stop() error {
	if s.command == nil {
		return os.RemoveAll(s.Dir)
	}
	err := s.command.Process.Signal(syscall.SIGQUIT)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-s.ended // it says that it was told to, which is no news
	return errors.Join(err, os.RemoveAll(s.Dir))
}

// Schema makes a new and empty schema, and gives the DSN of a connection that has its tables in it.
func (s *Server) Schema(t testing.TB) (dsn string) {
	t.Helper()
	name := fmt.Sprint("s", s.schemas.Add(1))
	Exec(t, s.dsn(s.Dir, "public"), "CREATE SCHEMA "+name)
	return s.dsn(s.Dir, name)
}

// URL is Schema with the DSN as a URL.
func (s *Server) URL(t testing.TB) string {
	t.Helper()
	_, schema, _ := strings.Cut(s.Schema(t), "search_path=")
	return "postgres:///postgres?" + url.Values{"host": {s.Dir}, "user": {"postgres"}, "search_path": {schema}}.Encode()
}

func (s *Server) dsn(socketDir, schema string) string {
	return fmt.Sprintf("host=%s user=postgres dbname=postgres search_path=%s", socketDir, schema)
}

// Exec runs SQL on a connection of its own.
func Exec(t testing.TB, dsn, text string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, text); err != nil {
		t.Fatal(err)
	}
}
