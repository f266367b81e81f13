package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"muster/internal/sigv4"
)

// key is the administrator's of all servers of the run. It lives as long as the run does, on the loopback address.
var key = sigv4.Credentials{AccessKeyID: "AKIAGROWTHGROWTH2345", SecretAccessKey: "secret-of-a-server-that-nobody-else-reaches"}

// build makes the binary as it is released.
func build(ctx context.Context, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", binary, "muster/cmd/muster")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build muster: %w\n%s", err, text)
	}
	return nil
}

// server is a muster serve in a process of its own.
type server struct {
	cmd   *exec.Cmd
	url   string
	ready time.Duration // from its start until it took writes
	said  bytes.Buffer  // on stderr
}

func start(ctx context.Context, binary, data string) (*server, error) {
	s := &server{cmd: exec.CommandContext(ctx, binary, "serve", "--listen", "127.0.0.1:0", "--data", data, "--log-level", "warn")}
	s.cmd.Env = append(os.Environ(), "MUSTER_ACCESS_KEY_ID="+key.AccessKeyID, "MUSTER_SECRET_ACCESS_KEY="+key.SecretAccessKey)
	s.cmd.Stderr = &s.said
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.wait(bufio.NewReader(stdout)); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.ready = time.Since(began)
	return s, nil
}

// wait reads the greeting, which comes when the server listens, and asks whether it is ready.
func (s *server) wait(out *bufio.Reader) error {
	for s.url == "" {
		line, err := out.ReadString('\n')
		if err != nil {
			return fmt.Errorf("muster serve ended: %w\n%s", err, s.said.Bytes())
		}
		_, s.url, _ = strings.Cut(strings.TrimSpace(line), " serves ")
	}
	go io.Copy(io.Discard, out) // until it ends
	response, err := http.Get(s.url + "/readyz")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("/readyz: %s", response.Status)
	}
	return nil
}

// stop lets it finish.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("muster serve: %w\n%s", err, s.said.Bytes())
	}
	return nil
}

// cpu is the processor's time that it took. It has to be stopped.
func (s *server) cpu() time.Duration {
	return s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
}

// memory is what /proc says of a process, in bytes.
type memory struct {
	Resident int64 // VmRSS
	Peak     int64 // VmHWM
}

func (s *server) memory() (m memory, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return m, err
	}
	for line := range strings.Lines(string(status)) {
		f := strings.Fields(line)
		if len(f) != 3 || f[2] != "kB" {
			continue
		}
		kilobytes, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			return m, err
		}
		switch f[0] {
		case "VmRSS:":
			m.Resident = kilobytes << 10
		case "VmHWM:":
			m.Peak = kilobytes << 10
		}
	}
	return m, nil
}

// diskBytes is the size of all files under the directory.
func diskBytes(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}
