package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// server is a muster serve in a process of its own.
type server struct {
	env   []string // that it starts with, unless told otherwise
	limit string   // a shell command that makes its life hard, "ulimit -f 100"; empty for none

	program string // to run; empty for "muster", which is the test itself

	process
	url      string
	greeting string
}

// start starts it in the directory, on a free port, and returns when it answers.
func (s *server) start(dir string, env []string, args ...string) error {
	args = append([]string{cmp.Or(s.program, "muster"), "serve", "--listen", "127.0.0.1:0"}, args...)
	if s.limit != "" {
		args = append([]string{"sh", "-ec", s.limit + `; exec "$@"`, "sh"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, env
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.begin(cmd); err != nil {
		return err
	}
	s.greeting = ""
	out := bufio.NewReader(stdout)
	for empty := 0; empty < 3; { // the third empty line ends the greeting
		line, err := out.ReadString('\n')
		if err != nil {
			s.kill()
			return fmt.Errorf("muster serve ended before it served:\n%s", s.log)
		}
		s.greeting += line
		if line == "\n" {
			empty++
		}
	}
	s.drained.Go(func() { _, _ = io.Copy(io.Discard, out) })
	_, rest, _ := strings.Cut(s.greeting, " serves ")
	s.url, _, _ = strings.Cut(rest, "\n")
	return nil
}

// process is a muster in a process of its own, or none.
type process struct {
	cmd     *exec.Cmd
	log     *lines
	drained sync.WaitGroup // of all that it writes
}

// begin starts it; its stderr is the log.
func (p *process) begin(cmd *exec.Cmd) error {
	if p.cmd != nil {
		return fmt.Errorf("%v is running", p.cmd)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd, p.log = cmd, newLines()
	p.drained.Go(func() { p.log.read(stderr) })
	return nil
}

// stop asks it to end, and gives an error if its status is not 0.
func (p *process) stop() error {
	cmd := p.cmd
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := p.wait(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, p.log)
	}
	return nil
}

// kill ends it in the middle of whatever it does.
func (p *process) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill() // it may have ended
		_ = p.wait()             // with the status of one that was killed
	}
}

func (p *process) wait() error {
	p.drained.Wait()
	err := p.cmd.Wait()
	p.cmd = nil
	return err
}

// lines is text that grows.
type lines struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{} // closed when there is more, or no more to come
	ended bool
	found int // how much of it waitNext has been through
}

func newLines() *lines { return &lines{grown: make(chan struct{})} }

// read adds what r has, until it ends.
func (l *lines) read(r io.Reader) {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		l.mu.Lock()
		l.text.WriteString(line)
		l.ended = err != nil
		close(l.grown)
		l.grown = make(chan struct{})
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// wait returns when the text has the words in it.
func (l *lines) wait(ctx context.Context, words string) error {
	return l.waitFor(ctx, words, func(text string) bool { return strings.Contains(text, words) })
}

// waitNext returns when the text has the words in it after those that the last call found.
func (l *lines) waitNext(ctx context.Context, words string) error {
	return l.waitFor(ctx, words, func(text string) bool {
		at := strings.Index(text[l.found:], words)
		if at >= 0 {
			l.found += at + len(words)
		}
		return at >= 0
	})
}

func (l *lines) waitFor(ctx context.Context, words string, in func(text string) bool) error {
	for {
		l.mu.Lock()
		found, ended, grown := in(l.text.String()), l.ended, l.grown
		l.mu.Unlock()
		if found {
			return nil
		}
		if ended {
			return fmt.Errorf("the log ended without %q:\n%s", words, l)
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return fmt.Errorf("no %q in the log:\n%s", words, l)
		}
	}
}

func getText(t *testing.T, url string) (status int, text string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}
