package child

import (
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrNoPostgres says that PostgreSQL is not installed, and what to install.
var ErrNoPostgres = errors.New("no PostgreSQL: want initdb and postgres in PATH or in /usr/lib/postgresql/*/bin; " +
	"the package is postgresql in Debian, Ubuntu and Homebrew, and postgresql-server in Fedora and its relatives")

// Postgres is a private PostgreSQL server: its data and its socket are in a directory of its own, and it has no port.
type Postgres struct {
	Dir string // in which the socket has the name that PostgreSQL gives one for port 5432

	bin      string // folder of PostgreSQL's programs
	settings []string
	process  *Process // nil before it has been started
}

// NewPostgres makes the directory of a server that is not started yet, with settings such as fsync=off.
func NewPostgres(settings ...string) (*Postgres, error) {
	bin, err := FindPostgres()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "muster-pg")
	if err != nil {
		return nil, err
	}
	return &Postgres{Dir: dir, bin: bin, settings: append([]string{"listen_addresses="}, settings...)}, nil
}

// FindPostgres gives the folder of PostgreSQL's programs.
func FindPostgres() (bin string, err error) {
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); err == nil && len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrNoPostgres
	}
	return filepath.Dir(path), nil
}

// Initialize makes an empty data directory. Whoever may enter Dir is trusted.
func (p *Postgres) Initialize() error {
	return p.Run("initdb", "-D", p.Data(), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
}

// Data is the data directory.
func (p *Postgres) Data() string { return filepath.Join(p.Dir, "data") }

// Run runs one of PostgreSQL's programs to its end, as the user that the server runs as.
func (p *Postgres) Run(program string, args ...string) error {
	command, err := p.command(program, args...)
	if err != nil {
		return err
	}
	return runLocked(command)
}

func (p *Postgres) command(program string, args ...string) (*exec.Cmd, error) {
	command := exec.Command(filepath.Join(p.bin, program), args...)
	command.Dir, command.SysProcAttr = p.Dir, Attributes(syscall.SIGQUIT)
	return command, Unprivileged(command.SysProcAttr, p.Dir)
}

// Start starts the server and returns when it takes connections. It may be started again when it has ended.
func (p *Postgres) Start() error {
	args := []string{"-D", p.Data(), "-k", p.Dir}
	for _, setting := range p.settings {
		args = append(args, "-c", setting)
	}
	command, err := p.command("postgres", args...)
	if err != nil {
		return err
	}
	process, err := Start(command, command.StderrPipe, func(line string) bool {
		return strings.Contains(line, "ready to accept ") // "connections", or of a standby "read-only connections"
	})
	if err != nil {
		return err
	}
	p.process = process
	return nil
}

// PID is the number of the process that was started last.
func (p *Postgres) PID() int { return p.process.PID() }

// Ended is closed when the server that was started last has ended, with its processes for connections.
func (p *Postgres) Ended() <-chan struct{} { return p.process.Ended() }

// Kill kills the server as kill -9 does, and waits for its processes for connections, which end by themselves.
func (p *Postgres) Kill() error { return p.end(syscall.SIGKILL) }

// Stop ends the server, if it runs, without waiting for its clients.
func (p *Postgres) Stop() error {
	if p.process == nil {
		return nil
	}
	return p.end(syscall.SIGQUIT)
}

func (p *Postgres) end(signal syscall.Signal) error {
	err := p.process.End(signal)
	if _, told := errors.AsType[*exec.ExitError](err); told {
		return nil // that it was told to is no news
	}
	return err
}

// Remove removes what the server has left, when it has been stopped.
func (p *Postgres) Remove() error { return os.RemoveAll(p.Dir) }

// URL is that of the database postgres, with more parameters of a connection.
func (p *Postgres) URL(parameters url.Values) string {
	all := url.Values{"host": {p.Dir}, "user": {"postgres"}}
	for name, values := range parameters {
		all[name] = values
	}
	return "postgres:///postgres?" + all.Encode()
}
