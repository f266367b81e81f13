package pgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

// Disk is a small file system, in memory.
type Disk struct{ filler string }

// StartOnDisk is Start of a server that has all it keeps on a file system of so many MiB. To mount one takes root: else it skips the test.
func StartOnDisk(t testing.TB, size int) (*Server, Disk) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can mount a disk to fill")
	}
	s := place(t, false)
	if err := unix.Mount("tmpfs", s.Dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", size)); err != nil {
		if errors.Is(err, unix.EPERM) {
			t.Skip("in this container not even root can mount a disk to fill")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(s.Dir, unix.MNT_DETACH); err != nil { // the server is ended after that
			t.Error(err)
		}
	})
	return launch(t, s), Disk{filepath.Join(s.Dir, "filler")}
}

// Fill leaves no room.
func (d Disk) Fill(t testing.TB) {
	t.Helper()
	f, err := os.Create(d.filler)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096)) // by page: a larger write could fail and leave room
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
}

// Free makes room again.
func (d Disk) Free(t testing.TB) {
	t.Helper()
	if err := os.Remove(d.filler); err != nil {
		t.Fatal(err)
	}
}

// SpendLog uses up what is left of the log, where there is no room for more, and waits for the end of the server.
func (s *Server) SpendLog(t testing.TB) {
	t.Helper()
	for {
		conn, err := pgx.Connect(t.Context(), s.dsn(s.Dir, "public"))
		if err != nil {
			break
		}
		_, err = conn.Exec(t.Context(), `SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()`)
		conn.Close(t.Context())
		if err != nil {
			break
		}
	}
	<-s.postgres.Ended()
}
