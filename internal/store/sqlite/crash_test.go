package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"muster"
	"muster/internal/store"
	"muster/internal/store/storetest"
)

// crashChild is the variable that makes this test binary the process that is killed: the path of its store.
const crashChild = "MUSTER_CRASH_CHILD"

const crashWriters = 8

func TestMain(m *testing.M) {
	if path := os.Getenv(crashChild); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestCrash kills a process of eight writers at random moments. What it had acknowledged is there, and of each writer at most
// the one call that was on its way, whole.
func TestCrash(t *testing.T) {
	t.Parallel()
	kills := 3
	if os.Getenv("MUSTER_SLOW") != "" {
		kills = 20
	}
	path := filepath.Join(t.TempDir(), "muster.db")
	luck := rand.New(rand.NewPCG(rand.Uint64(), 0))
	acknowledged := map[muster.NodeID]int{}
	for kill := range kills {
		lines := 1 + luck.IntN(400)
		if err := killAfter(path, lines, acknowledged); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, path, Options{})
		st := mustLoad(t, s)
		total := 0
		for w := range crashWriters {
			n := crashNode(w)
			found, err := crashNumber(st, n)
			if err != nil {
				t.Errorf("kill %d, after %d lines: %v", kill, lines, err)
			}
			if found < acknowledged[n] || found > acknowledged[n]+1 {
				t.Errorf("kill %d, after %d lines: %s has call %d, acknowledged is %d", kill, lines, n, found, acknowledged[n])
			}
			acknowledged[n] = found
			total += found
		}
		if st.Position != muster.Position(total) {
			t.Errorf("kill %d, after %d lines: the position is %d after %d calls", kill, lines, st.Position, total)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := Verify(context.Background(), path); err != nil {
		t.Error(err)
	}
}

// killAfter runs the child, kills it when it has written so many lines, and notes every line that it got out.
func killAfter(path string, lines int, acknowledged map[muster.NodeID]int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), crashChild+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	read := bufio.NewReader(out)
	for seen := 0; ; seen++ {
		if seen == lines {
			if err := child.Process.Kill(); err != nil {
				return err
			}
		}
		line, err := read.ReadString('\n')
		if err != nil { // what the child wrote of a last line is no acknowledgement
			break
		}
		var n muster.NodeID
		var number int
		if _, err := fmt.Sscan(line, &n, &number); err != nil {
			return fmt.Errorf("the child wrote %q: %w", line, err)
		}
		acknowledged[n] = number
	}
	if err := child.Wait(); child.ProcessState.Exited() {
		return fmt.Errorf("the child ended by itself: %w", err)
	}
	return nil
}

func crashNode(writer int) muster.NodeID { return muster.NodeID(fmt.Sprint("i-", writer)) }

// crashNumber gives the number of the node's last call, 0 if there is none.
func crashNumber(st storetest.State, n muster.NodeID) (int, error) {
	text, err := reported(st, n)
	if text == "" || err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}

// writeUntilKilled has each writer make its calls one after the other, and writes a line for each that is acknowledged.
func writeUntilKilled(path string) error {
	s, err := Open(context.Background(), path, Options{walCheckpoint: 50})
	if err != nil {
		return err
	}
	st, err := storetest.Load(s)
	if err != nil {
		return err
	}
	type request struct {
		call store.Call
		done chan error
	}
	queue := make(chan request, crashWriters)
	failed := make(chan error, crashWriters)
	for w := range crashWriters {
		n := crashNode(w)
		number, err := crashNumber(st, n)
		if err != nil {
			return err
		}
		go func() {
			for {
				number++
				r := request{reportCall(n, strconv.Itoa(number)), make(chan error, 1)}
				queue <- r
				if err := <-r.done; err != nil {
					failed <- err
					return
				}
				io.WriteString(os.Stdout, fmt.Sprintln(n, number)) // one write, so that lines do not mix
			}
		}()
	}
	for {
		var group []request
		select {
		case err := <-failed:
			return err
		case r := <-queue:
			group = append(group, r)
		}
		for len(queue) > 0 {
			group = append(group, <-queue)
		}
		calls := make([]store.Call, len(group))
		for i, r := range group {
			calls[i] = r.call
		}
		outcomes, err := s.Commit(context.Background(), calls)
		for i, r := range group {
			if err == nil {
				r.done <- outcomes[i].Err
				continue
			}
			r.done <- err
		}
	}
}
