package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgres is a server of our own, with a socket in its directory and no port.
type postgres struct {
	dir     string
	command *exec.Cmd
	ended   chan error
}

// errNoPostgres says that the server's programs are not on this machine.
var errNoPostgres = errors.New("no PostgreSQL: want initdb and postgres in PATH or in /usr/lib/postgresql/*/bin")

// settings suit a machine of 24 GB that does nothing else: everything that is asked for lies in memory, sorts and hashes do not
// go to disk, and both processors work on one query. What is written is durable.
var settings = map[string]string{
	"listen_addresses":                "",
	"shared_buffers":                  "4GB",
	"effective_cache_size":            "16GB",
	"work_mem":                        "512MB",
	"maintenance_work_mem":            "2GB",
	"max_parallel_workers_per_gather": "2",
	"max_connections":                 "200",
	"random_page_cost":                "1.1",
	"default_toast_compression":       "lz4",
	"wal_level":                       "minimal",
	"max_wal_senders":                 "0",
	"max_wal_size":                    "16GB",
	"checkpoint_timeout":              "30min",
	"synchronous_commit":              "on",
	"autovacuum":                      "off", // it is done once, after loading
}

// startPostgres makes a cluster in dir and starts it.
func startPostgres(dir string) (*postgres, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	p := &postgres{dir: dir, ended: make(chan error, 1)}
	as, err := p.owner()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	args := []string{"-D", data, "-k", dir}
	for name, value := range settings {
		args = append(args, "-c", name+"="+value)
	}
	p.command = exec.Command(filepath.Join(bin, "postgres"), args...)
	p.command.SysProcAttr, p.command.Dir = as, dir
	return p, p.start()
}

func findPostgres() (bin string, err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errNoPostgres
	}
	return filepath.Dir(path), nil
}

// owner gives the directory to the user postgres if root runs this, as whom the server does not start.
func (p *postgres) owner() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // so that ^C does not stop it under our queries
	stopWithUs(attr)
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(p.dir, uid, gid)
}

// start waits until the server says that it takes connections.
func (p *postgres) start() error {
	ready := make(chan struct{})
	var said strings.Builder // until ready
	go func() {
		runtime.LockOSThread() // with the thread that started it, the server would stop
		defer runtime.UnlockOSThread()
		p.ended <- p.run(ready, &said)
	}()
	select {
	case <-ready:
		return nil
	case err := <-p.ended:
		return fmt.Errorf("postgres: %w\n%s", err, &said)
	}
}

// run runs the server to its end.
func (p *postgres) run(ready chan<- struct{}, said *strings.Builder) error {
	output, err := p.command.StderrPipe()
	if err != nil {
		return err
	}
	if err := p.command.Start(); err != nil {
		return err
	}
	waiting := true
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if !waiting {
			continue
		}
		if strings.Contains(lines.Text(), "ready to accept connections") {
			waiting = false
			close(ready)
			continue
		}
		said.WriteString(lines.Text() + "\n")
	}
	return p.command.Wait()
}

// stop ends the server, which has nothing to save, and removes the cluster.
func (p *postgres) stop() error {
	err := p.command.Process.Signal(syscall.SIGQUIT)
	select {
	case ended := <-p.ended:
		err = errors.Join(err, ended)
	case <-time.After(time.Minute):
		err = errors.Join(err, p.command.Process.Kill(), <-p.ended)
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// connect opens a connection that looks for tables in the schema.
func (p *postgres) connect(ctx context.Context, schema string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, fmt.Sprintf("host=%s user=postgres dbname=postgres search_path=%s", p.dir, schema))
}

// postgresVersion is that of the programs, if there are any.
func postgresVersion() string {
	bin, err := findPostgres()
	if err != nil {
		return ""
	}
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "postgres (PostgreSQL) ")
}
