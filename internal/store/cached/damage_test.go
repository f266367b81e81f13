package cached

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"muster/internal/store/postgres/pgtest"
)

// testDamage changes single bytes all over the file of the copy, and cuts it: either that is found, or it does not matter.
func testDamage(t *testing.T, server *pgtest.Server) {
	dsn, dir := server.Schema(t), t.TempDir()
	other := plain(t, dsn)
	for n := range 20 {
		commit(t, other, report(n, fmt.Sprint("package ", n), "all", fmt.Sprint("q", n%3))...)
	}
	fill(t, dsn, dir)
	good, err := os.ReadFile(filepath.Join(dir, "cache.db"))
	if err != nil {
		t.Fatal(err)
	}
	damages := [][]byte{{}, good[:len(good)/2], good[:4096], []byte("no database")}
	flips := 12
	if os.Getenv("MUSTER_SLOW") != "" {
		flips = 300
	}
	for range flips {
		bad := append([]byte(nil), good...)
		bad[rand.IntN(len(bad))] ^= 1 << rand.IntN(8)
		damages = append(damages, bad)
	}
	cold := 0
	for _, bad := range damages {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "cache.db"), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if !same(t, dsn, dir) {
			cold++
		}
	}
	if cold < 4 {
		t.Errorf("of %d damaged copies %d were thrown away", len(damages), cold)
	}
}

// The variables that make this test binary the process that is killed: where its store is, and its copy.
const (
	childDSN = "MUSTER_CACHED_CHILD_DSN"
	childDir = "MUSTER_CACHED_CHILD_DIR"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childDSN); dsn != "" {
		fmt.Fprintln(os.Stderr, keepUntilKilled(dsn, os.Getenv(childDir)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// keepUntilKilled writes a line whenever the copy has moved on.
func keepUntilKilled(dsn, dir string) error {
	s, err := Open(context.Background(), dsn, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	for _, err = started(s); err == nil; err = s.Sync(context.Background()) {
		fmt.Println(s.keeper.at.Position)
	}
	return err
}

// testKilled kills a process that keeps a copy, at random moments, also while it makes the copy.
func testKilled(t *testing.T, server *pgtest.Server) {
	dsn, dir := server.Schema(t), t.TempDir()
	other := plain(t, dsn)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	kills, warm := 6, 0
	if os.Getenv("MUSTER_SLOW") != "" {
		kills = 40
	}
	for kill := range kills {
		child := exec.Command(self)
		child.Env = append(os.Environ(), childDSN+"="+dsn, childDir+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		read := bufio.NewReader(out)
		for line := range rand.IntN(40) {
			commit(t, other, report(line, fmt.Sprint("of ", kill, line), "all", fmt.Sprint("q", line%3))...)
			if _, err := read.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := child.Wait(); child.ProcessState.Exited() {
			t.Fatalf("the child ended by itself: %v", err)
		}
		commit(t, other, report(100+kill, "meanwhile")...)
		if same(t, dsn, dir) {
			warm++
		}
	}
	if warm == 0 {
		t.Error("no copy of a process that was killed was of use")
	}
}
