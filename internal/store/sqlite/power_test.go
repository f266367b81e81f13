//go:build linux

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"muster"
	"muster/internal/invariant"
	"muster/internal/store"
	"muster/internal/store/storetest"
)

// powerNodes are the nodes of each commit: all of them report the number of the commit.
const powerNodes = 3

// powerCuts commits 40 groups and cuts the power every so many writes and syncs. It gives what is wrong with the stores that
// are found afterwards: each must have every group whose Commit had returned, and no part of another.
func powerCuts(t *testing.T, synchronous string, every int) (cuts int, wrong []error) {
	d := newDisk(t)
	luck := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	s := mustOpen(t, filepath.Join(dir, "muster.db"), Options{vfs: d.name, synchronous: synchronous, walCheckpoint: 30})
	defer s.Close()

	type cut struct {
		acknowledged int
		left         map[string][]byte
	}
	var taken []cut
	acknowledged, moments := 0, 0
	d.mu.Lock()
	d.before = func() {
		if moments++; moments%every == 0 {
			taken = append(taken, cut{acknowledged, d.powerCut(luck)})
		}
	}
	d.mu.Unlock()
	for i := range 40 {
		mustCommit(t, s, powerGroup(i+1)...)
		d.mu.Lock()
		acknowledged = i + 1
		d.mu.Unlock()
	}
	for i, c := range taken {
		path := boot(t, filepath.Join(dir, strconv.Itoa(i)), c.left)
		if err := checkAfterCut(path, c.acknowledged); err != nil {
			wrong = append(wrong, fmt.Errorf("cut %d, with %d groups acknowledged: %w", i, c.acknowledged, err))
		}
		os.RemoveAll(filepath.Dir(path))
	}
	return len(taken), wrong
}

func powerGroup(number int) []store.Call {
	var calls []store.Call
	for n := range powerNodes {
		calls = append(calls, reportCall(muster.NodeID(fmt.Sprint("i-", n)), strconv.Itoa(number)))
	}
	return calls
}

func checkAfterCut(path string, acknowledged int) error {
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := Verify(context.Background(), path); err != nil {
		return err
	}
	st, err := storetest.Load(s)
	if err != nil {
		return err
	}
	first, err := reported(st, "i-0")
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(first)
	if number < acknowledged || number > acknowledged+1 {
		return fmt.Errorf("found %d", number)
	}
	for n := range powerNodes {
		if text, err := reported(st, muster.NodeID(fmt.Sprint("i-", n))); text != first || err != nil {
			return fmt.Errorf("node %d has %q, another %q, %w", n, text, first, err)
		}
	}
	if want := muster.Position(number * powerNodes); st.Position != want {
		return fmt.Errorf("the position is %d, want %d", st.Position, want)
	}
	_, err = s.Commit(context.Background(), powerGroup(number+1))
	return err
}

// powerEvery is how many writes and syncs there are between two power cuts.
func powerEvery() int {
	switch {
	case os.Getenv("MUSTER_SLOW") != "":
		return 1
	case invariant.Enabled: // the race detector makes SQLite in Go some twenty times slower
		return 31
	}
	return 7
}

func TestPowerCut(t *testing.T) {
	t.Parallel()
	cuts, wrong := powerCuts(t, "", powerEvery())
	for _, err := range wrong {
		t.Error(err)
	}
	if cuts < 10 {
		t.Errorf("the power was cut only %d times", cuts)
	}
}

// TestPowerCutWithoutSync takes the fsync out, and then only that of each commit: TestPowerCut would be red.
func TestPowerCutWithoutSync(t *testing.T) {
	t.Parallel()
	for _, synchronous := range []string{"OFF", "NORMAL"} {
		if cuts, wrong := powerCuts(t, synchronous, 31); len(wrong) < cuts/10 || cuts < 5 {
			t.Errorf("with synchronous = %s, of %d power cuts only %d lost something", synchronous, cuts, len(wrong))
		}
	}
}

// TestFullDisk has commits on a disk that takes no writes: reads go on, and when there is room so do writes.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]int32{
		"full": sqlite3.SQLITE_FULL, "write error": sqlite3.SQLITE_IOERR_WRITE, "read-only": sqlite3.SQLITE_READONLY,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := brokenStore(t)
			want := mustLoad(t, s)
			d.breaks(code, func(op, file string) bool { return op == "write" && file == "muster.db-wal" })
			for range 3 {
				_, err := s.Commit(context.Background(), powerGroup(2))
				if !errors.Is(err, store.ErrUnwritable) || errors.Is(err, store.ErrUnknown) {
					t.Errorf("the commit's error is %v", err)
				}
				if diff := mustLoad(t, s).Diff(want); diff != "" {
					t.Errorf("after a failed commit the store differs:\n%s", diff)
				}
			}
			d.breaks(0, nil)
			checkMended(t, d, s, "1")
		})
	}
}

// TestFailedSync has commits whose fsync fails, on a system that then forgets what it could not write.
func TestFailedSync(t *testing.T) {
	t.Parallel()
	d, s := brokenStore(t)
	d.breaks(sqlite3.SQLITE_IOERR_FSYNC, func(op, file string) bool { return op == "sync" })
	_, err := s.Commit(context.Background(), powerGroup(2))
	if !errors.Is(err, store.ErrUnwritable) || !errors.Is(err, store.ErrUnknown) {
		t.Errorf("the commit's error is %v", err)
	}
	reader(t, d, s.path)
	for range 2 {
		if _, err := s.Load(context.Background(), func(store.Batch) error { return nil }); !errors.Is(err, store.ErrUnwritable) {
			t.Errorf("Load, which cannot know the outcome, has the error %v", err)
		}
		if _, err := s.Commit(context.Background(), powerGroup(2)); !errors.Is(err, store.ErrUnwritable) {
			t.Errorf("the error of a commit after one of unknown outcome is %v", err)
		}
	}
	d.breaks(0, nil)
	checkMended(t, d, s, "1", "2")
}

// TestFailedSyncOfAnotherProcess has a process that dies of a failed fsync, and another that finds its log.
func TestFailedSyncOfAnotherProcess(t *testing.T) {
	t.Parallel()
	d, s := brokenStore(t)
	d.breaks(sqlite3.SQLITE_IOERR_FSYNC, func(op, file string) bool { return op == "sync" })
	if _, err := s.Commit(context.Background(), powerGroup(2)); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("the commit's error is %v", err)
	}
	d.breaks(0, nil)
	reader(t, d, s.path)
	another := mustOpen(t, s.path, Options{vfs: d.name})
	defer another.Close()
	mustLoad(t, another)
	checkMended(t, d, another, "1", "2")
}

// reader has the store open, as a backup may: what it finds in the log, others take for true.
func reader(t testing.TB, d *disk, path string) {
	db, err := openDB(path, Options{vfs: d.name})
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxIdleConns(1)
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(`SELECT * FROM last_commit`); err != nil {
		t.Fatal(err)
	}
}

// brokenStore is one on a disk that is about to break, with group 1.
func brokenStore(t testing.TB) (*disk, *Store) {
	d := newDisk(t)
	s := mustOpen(t, filepath.Join(t.TempDir(), "muster.db"), Options{vfs: d.name})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	mustCommit(t, s, powerGroup(1)...)
	return d, s
}

// checkMended looks for one of the groups, whole, and whether the next one outlives a power cut.
func checkMended(t *testing.T, d *disk, s *Store, groups ...string) {
	t.Helper()
	st := mustLoad(t, s)
	found, err := reported(st, "i-0")
	if err != nil || !slices.Contains(groups, found) {
		t.Errorf("mended, the store has %s, %v, want one of %s", found, err, groups)
	}
	for n := range powerNodes {
		if text, err := reported(st, muster.NodeID(fmt.Sprint("i-", n))); text != found || err != nil {
			t.Errorf("mended, node %d has %q, another %q, %v", n, text, found, err)
		}
	}
	mustCommit(t, s, powerGroup(3)...)
	want := mustLoad(t, s)
	if text, err := reported(want, "i-0"); text != "3" || err != nil || want.Position != st.Position+powerNodes {
		t.Errorf("mended, the store takes %s at %d, %v", text, want.Position, err)
	}
	checkPowerCut(t, d, want)
}

// checkPowerCut looks for the state in what is left by a power cut that takes all that was not synced.
func checkPowerCut(t *testing.T, d *disk, want storetest.State) {
	t.Helper()
	d.mu.Lock()
	left := d.powerCut(nil)
	d.mu.Unlock()
	s := mustOpen(t, boot(t, t.TempDir(), left), Options{})
	defer s.Close()
	if diff := mustLoad(t, s).Diff(want); diff != "" {
		t.Errorf("after a power cut the store differs:\n%s", diff)
	}
}

// TestBrokenWriteBack has a disk on which the log can be written but not the file it is written back to. Nothing is refused:
// the log has it all.
func TestBrokenWriteBack(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"write", "sync"} {
		d := newDisk(t)
		path := filepath.Join(t.TempDir(), "muster.db")
		s := mustOpen(t, path, Options{vfs: d.name, walCheckpoint: 10})
		d.breaks(sqlite3.SQLITE_IOERR_WRITE, func(o, file string) bool { return o == op && file == "muster.db" })
		for i := range 20 {
			mustCommit(t, s, powerGroup(i+1)...)
		}
		want := mustLoad(t, s)
		checkPowerCut(t, d, want)
		d.breaks(0, nil)
		mustCommit(t, s, powerGroup(21)...)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := Verify(context.Background(), path); err != nil {
			t.Error(err)
		}
	}
}
