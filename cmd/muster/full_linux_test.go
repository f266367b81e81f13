package main

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"muster"
)

// TestDiskFull lets the server's files grow no further while a node reports: writes are refused and readiness is red, reads go
// on, nothing acknowledged is lost, and when there is room the same process goes on by itself.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := server{limit: "ulimit -S -f 400"} // blocks of 512 bytes, or of 1024, as the shell has it
	if err := s.start(t.TempDir(), []string{"PATH=" + os.Getenv("PATH")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	c := crashClient(t, &s)
	node := crashNode{id: "mi-0123456789abcdef0"}
	var err error
	for err == nil && node.tried < 2000 {
		err = node.report(t.Context(), c)
	}
	if errorCode(err) != muster.CodeInternalServerError {
		t.Fatalf("after %d reports: %v", node.tried, err)
	}
	if node.acked == 0 {
		t.Fatal("no report was acknowledged")
	}
	if status, text := getText(t, s.url+"/readyz"); status != http.StatusServiceUnavailable || !strings.HasPrefix(text, "not ready: ") {
		t.Errorf("readyz: %d %s", status, text)
	}
	if _, text := getText(t, s.url+"/metrics"); !strings.Contains(text, "\nmuster_ready 0\n") {
		t.Error("the metrics do not show it")
	}
	if status, _ := getText(t, s.url+"/livez"); status != http.StatusOK {
		t.Errorf("livez: %d", status)
	}
	if err := errors.Join(node.check(t.Context(), c), node.checkChanges(t.Context(), c)); err != nil {
		t.Error("reading: ", err)
	}

	room := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(s.cmd.Process.Pid, unix.RLIMIT_FSIZE, &room, nil); err != nil {
		t.Fatal(err)
	}
	if err := node.report(t.Context(), c); err != nil {
		t.Error("with room again: ", err)
	}
	if status, text := getText(t, s.url+"/readyz"); status != http.StatusOK {
		t.Errorf("readyz, with room again: %d %s", status, text)
	}
	checkNodes(t, c, []crashNode{node})
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
