package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSoak has agents live before a server in a process of its own: 50 for two hours, which go by in three seconds, and with
// MUSTER_SLOW=1 2,000 as the scenario agents says, which also expects the server's memory not to grow. That is the memory of the program
// that people run, and not of one with the race detector.
func TestSoak(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(work, "muster-data", "credentials")}
	args := []string{"sim", "--nodes", "2000", "--scenario", "agents"}
	if os.Getenv("MUSTER_SLOW") == "" {
		short := filepath.Join(work, "short.txt")
		if err := os.WriteFile(short, []byte("agents 2h over 3s touched 0.3\nexpect failed 0\nexpect resent 0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		args = []string{"sim", "--nodes", "50", "--scenario-file", short}
	}
	s := server{program: "muster"}
	if os.Getenv("MUSTER_SLOW") != "" {
		s.program = filepath.Join(work, "muster")
		build := exec.Command("go", "build", "-o", s.program, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	t.Cleanup(s.kill)
	if err := s.start(work, env); err != nil {
		t.Fatal(err)
	}
	sim := exec.Command(s.program, append(args, "--endpoint-url", s.url)...)
	sim.Dir, sim.Env = work, env
	told, err := sim.CombinedOutput()
	t.Logf("%s", told)
	if err != nil || !strings.HasSuffix(string(told), "all as expected\n") {
		t.Errorf("muster sim: %v", err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
