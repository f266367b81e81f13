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

// build makes the binary as it is released, from the checkout that this program is of.
func build(ctx context.Context, binary string) error {
	checkout, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "muster").Output()
	if err != nil {
		return fmt.Errorf("find muster (run this in bench/): %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/muster")
	cmd.Dir, cmd.Env = strings.TrimSpace(string(checkout)), append(os.Environ(), "CGO_ENABLED=0")
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

// usage is what /proc says of a process.
type usage struct {
	Resident int64         // bytes, VmRSS
	Peak     int64         // bytes, VmHWM
	CPU      time.Duration // of user and system
}

func (s *server) usage() (u usage, err error) {
	dir := fmt.Sprintf("/proc/%d/", s.cmd.Process.Pid)
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		return u, err
	}
	u.Resident, u.Peak = kilobytes(status, "VmRSS:"), kilobytes(status, "VmHWM:")
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return u, err
	}
	_, numbers, _ := bytes.Cut(stat, []byte(") ")) // the name before may have blanks
	f := strings.Fields(string(numbers))
	user, err := strconv.Atoi(f[11])
	if err != nil {
		return u, err
	}
	system, err := strconv.Atoi(f[12])
	u.CPU = time.Duration(user+system) * tick
	return u, err
}

// tick is the unit of times in /proc: Linux shows hundredths of a second on all of Go's processors.
const tick = time.Second / 100

// kilobytes finds a line such as "VmRSS:   1234 kB" and gives bytes; 0 if there is none.
func kilobytes(status []byte, name string) int64 {
	for line := range bytes.Lines(status) {
		if f := strings.Fields(string(line)); len(f) == 3 && f[0] == name {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
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
