//go:build linux

package sqlite

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// disk is a layer between SQLite and the file system that knows which writes a file has been synced after, so that it can say
// what a power cut would leave, and that fails on demand. It is a VFS whose files are those of the usual one, but for their
// methods that write.
type disk struct {
	name string

	mu     sync.Mutex
	files  map[string]*diskFile // by path
	open   map[uintptr]*diskFile
	fail   func(op, file string) int32 // the code that the operation fails with, 0 to let it through
	before func()                      // before each write, truncation and sync, with mu held
	keep   []any                       // what only SQLite's memory points to
}

// diskFile is a file as it would be after a power cut, and what has been done to it since.
type diskFile struct {
	path    string
	synced  bool // at least once: before, not even its name is sure
	durable []byte
	pending []diskWrite
	real    *sqlite3.Tsqlite3_io_methods
}

// diskWrite is a write, or a truncation if data is nil.
type diskWrite struct {
	at   int64
	data []byte
}

// The C types of the methods, as modernc.org/sqlite has them.
type (
	openFunc   = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	deleteFunc = func(tls *libc.TLS, vfs, name uintptr, syncDir int32) int32
	closeFunc  = func(tls *libc.TLS, file uintptr) int32
	writeFunc  = func(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32
	truncFunc  = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc   = func(tls *libc.TLS, file uintptr, flags int32) int32
)

// newDisk registers one. A path under any folder may be opened with its name as Options.vfs.
func newDisk(t testing.TB) *disk {
	d := &disk{files: map[string]*diskFile{}, open: map[uintptr]*diskFile{}}
	d.name = fmt.Sprintf("disk-%p", d)
	tls := libc.NewTLS()
	name, err := libc.CString(d.name)
	if err != nil {
		t.Fatal(err)
	}
	usual := at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, 0))
	place := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(*usual)))
	layer := at[sqlite3.Tsqlite3_vfs](place)
	*layer = *usual
	layer.FpNext = 0
	layer.FzName = name
	layer.FxOpen = pointer(d, openFunc(func(tls *libc.TLS, _, name, file uintptr, flags int32, outFlags uintptr) int32 {
		return d.xOpen(tls, usual, name, file, flags, outFlags)
	}))
	layer.FxDelete = pointer(d, deleteFunc(func(tls *libc.TLS, _, name uintptr, syncDir int32) int32 {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.files, libc.GoString(name))
		return function[deleteFunc](usual.FxDelete)(tls, uintptr(unsafe.Pointer(usual)), name, syncDir)
	}))
	if rc := sqlite3.Xsqlite3_vfs_register(tls, place, 0); rc != sqlite3.SQLITE_OK {
		t.Fatalf("register VFS: %d", rc)
	}
	t.Cleanup(func() {
		sqlite3.Xsqlite3_vfs_unregister(tls, place)
		libc.Xfree(tls, place)
		libc.Xfree(tls, name)
		tls.Close()
		d.keep = nil // not before
	})
	return d
}

// pointer gives a Go function the form of a C one. Nothing but d.keep keeps it from the garbage collector.
func pointer[F any](d *disk, f F) uintptr {
	d.keep = append(d.keep, f)
	return *(*uintptr)(unsafe.Pointer(&f))
}

// function is the way back.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) }

// at gives what is at an address in C's memory.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

func (d *disk) xOpen(tls *libc.TLS, usual *sqlite3.Tsqlite3_vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := libc.GoString(name)
	if rc := d.failure("open", path); rc != 0 {
		return rc
	}
	f := d.files[path]
	if f == nil { // later, reading it here would drop the locks that this process has on it
		f = &diskFile{path: path}
		if content, err := os.ReadFile(path); err == nil {
			f.durable, f.synced = content, true
		}
		d.files[path] = f
	}
	rc := function[openFunc](usual.FxOpen)(tls, uintptr(unsafe.Pointer(usual)), name, file, flags, outFlags)
	methods := at[sqlite3.Tsqlite3_file](file).FpMethods
	if rc != sqlite3.SQLITE_OK || methods == 0 {
		return rc
	}
	f.real = at[sqlite3.Tsqlite3_io_methods](methods)
	at[sqlite3.Tsqlite3_file](file).FpMethods = d.methods(tls, f.real)
	d.open[file] = f
	return rc
}

// methods gives the methods of an open file: those of the real one, but for the ones that write.
func (d *disk) methods(tls *libc.TLS, real *sqlite3.Tsqlite3_io_methods) uintptr {
	place := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(*real)))
	m := at[sqlite3.Tsqlite3_io_methods](place)
	*m = *real
	m.FxWrite = pointer(d, writeFunc(func(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32 {
		data := unsafe.Slice(at[byte](buf), n)
		return d.do("write", file, diskWrite{offset, append([]byte{}, data...)}, func() int32 {
			return function[writeFunc](real.FxWrite)(tls, file, buf, n, offset)
		})
	}))
	m.FxTruncate = pointer(d, truncFunc(func(tls *libc.TLS, file uintptr, size int64) int32 {
		return d.do("truncate", file, diskWrite{size, nil}, func() int32 {
			return function[truncFunc](real.FxTruncate)(tls, file, size)
		})
	}))
	m.FxSync = pointer(d, syncFunc(func(tls *libc.TLS, file uintptr, flags int32) int32 {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.moment()
		f := d.open[file]
		if rc := d.failure("sync", f.path); rc != 0 {
			f.pending = nil // what Linux does: it can still be read, and no later sync writes it
			return rc
		}
		f.durable, f.synced = apply(f.durable, f.pending), true
		f.pending = nil
		return sqlite3.SQLITE_OK // what is durable here does not need the real disk
	}))
	m.FxClose = pointer(d, closeFunc(func(tls *libc.TLS, file uintptr) int32 {
		d.mu.Lock()
		delete(d.open, file)
		d.mu.Unlock()
		rc := function[closeFunc](real.FxClose)(tls, file)
		libc.Xfree(tls, place)
		return rc
	}))
	return place
}

func (d *disk) do(op string, file uintptr, w diskWrite, really func() int32) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.moment()
	f := d.open[file]
	if rc := d.failure(op, f.path); rc != 0 {
		return rc
	}
	if rc := really(); rc != sqlite3.SQLITE_OK {
		return rc
	}
	f.pending = append(f.pending, w)
	return sqlite3.SQLITE_OK
}

func (d *disk) moment() {
	if d.before != nil {
		d.before()
	}
}

func (d *disk) failure(op, path string) int32 {
	if d.fail == nil {
		return 0
	}
	return d.fail(op, filepath.Base(path))
}

// breaks makes the disk fail with the code wherever fails says so, and mends it if fails is nil.
func (d *disk) breaks(code int32, fails func(op, file string) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = nil
	if fails != nil {
		d.fail = func(op, file string) int32 {
			if fails(op, file) {
				return code
			}
			return 0
		}
	}
}

// powerCut gives the files as a power cut now might leave them: what was synced, and of what was written since, any sectors
// that luck picks, none without luck. It may be called from before.
func (d *disk) powerCut(luck *rand.Rand) map[string][]byte {
	left := map[string][]byte{}
	for path, f := range d.files {
		if strings.HasSuffix(path, "-shm") || !f.synced {
			continue
		}
		left[filepath.Base(path)] = apply(append([]byte{}, f.durable...), lucky(f.pending, luck))
	}
	return left
}

const sector = 512

// lucky gives those of the writes that reached the disk, sector by sector.
func lucky(writes []diskWrite, luck *rand.Rand) []diskWrite {
	if luck == nil {
		return nil
	}
	share := luck.IntN(3) // none, half or all
	var reached []diskWrite
	for _, w := range writes {
		if w.data == nil {
			if luck.IntN(2) < share {
				reached = append(reached, w)
			}
			continue
		}
		for len(w.data) > 0 {
			n := min(int64(len(w.data)), sector-w.at%sector)
			if luck.IntN(2) < share {
				reached = append(reached, diskWrite{w.at, w.data[:n]})
			}
			w = diskWrite{w.at + n, w.data[n:]}
		}
	}
	return reached
}

func apply(content []byte, writes []diskWrite) []byte {
	for _, w := range writes {
		end := w.at + int64(len(w.data))
		if w.data == nil {
			content = content[:min(w.at, int64(len(content)))]
			continue
		}
		if grow := end - int64(len(content)); grow > 0 {
			content = append(content, make([]byte, grow)...)
		}
		copy(content[w.at:], w.data)
	}
	return content
}

// boot writes what a power cut left into a folder and gives the path of the store there.
func boot(t testing.TB, dir string, left map[string][]byte) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range maps.All(left) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "muster.db")
}
