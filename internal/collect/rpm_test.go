package collect

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// helloHeader is what rpm 4.18 has written into its database for a small package.
func helloHeader(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/hello.rpmheader.base64")
	if err != nil {
		t.Fatal(err)
	}
	header, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return header
}

const helloEntry = "ApplicationType=Applications/Text; Architecture=noarch; Epoch=1; InstalledTime=2026-11-22T01:17:28Z; Name=hello; " +
	"PackageId=hello-2.12.1-3.src.rpm; Publisher=Example Vendor; Release=3; Summary=Greets the world; " +
	"URL=https://www.gnu.org/software/hello/; Version=2.12.1\n"

// tag is a string value of a header, or a number if it has no text.
type tag struct {
	number uint32
	text   string
	value  uint32
}

func rpmHeaderOf(tags ...tag) []byte {
	var index, store []byte
	for _, t := range tags {
		kind := uint32(rpmString)
		if t.text == "" {
			kind = rpmInt32
			for len(store)%4 != 0 {
				store = append(store, 0)
			}
		}
		for _, n := range []uint32{t.number, kind, uint32(len(store)), 1} {
			index = binary.BigEndian.AppendUint32(index, n)
		}
		if t.text == "" {
			store = binary.BigEndian.AppendUint32(store, t.value)
		} else {
			store = append(append(store, t.text...), 0)
		}
	}
	header := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	header = binary.BigEndian.AppendUint32(header, uint32(len(store)))
	return append(append(header, index...), store...)
}

// threePackages are the real one, one so long that it takes many pages, and one of a key ring, which rpm lists as a package.
func threePackages(t testing.TB) [][]byte {
	return [][]byte{
		helloHeader(t),
		rpmHeaderOf(tag{number: 1117, text: strings.Repeat("f", 20000)}, tag{number: rpmName, text: "files"}, tag{number: rpmVersion, text: "1"}),
		rpmHeaderOf(tag{number: rpmName, text: "gpg-pubkey"}, tag{number: rpmVersion, text: "fd431d51"},
			tag{number: rpmRelease, text: "4ae0493b"}, tag{number: rpmSourceRPM, text: "(none)"}, tag{number: rpmInstallTime, value: 1655114528}),
	}
}

const threeEntries = `
Architecture=; Name=files; Publisher=; Version=1
Architecture=; InstalledTime=2022-06-13T10:02:08Z; Name=gpg-pubkey; Publisher=; Release=4ae0493b; Version=fd431d51
` + helloEntry

func sqliteOf(t testing.TB, headers [][]byte) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rpmdb.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		if _, err := db.Exec("INSERT INTO Packages (blob) VALUES (?)", h); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func ndbOf(headers [][]byte) []byte {
	file := make([]byte, 4096)
	copy(file, "RpmP")
	binary.LittleEndian.PutUint32(file[12:], 1)
	for at := 32; at < 4096; at += 16 {
		copy(file[at:], "Slot")
	}
	for i, h := range headers {
		owner := uint32(i + 1)
		slot := file[48+32*i:] // every other slot is free
		binary.LittleEndian.PutUint32(slot[4:], owner)
		binary.LittleEndian.PutUint32(slot[8:], uint32(len(file)/16))
		file = append(file, "BlbS"...)
		for _, n := range []uint32{owner, 0, uint32(len(h))} {
			file = binary.LittleEndian.AppendUint32(file, n)
		}
		file = append(file, h...)
		file = append(file, make([]byte, 16-len(file)%16)...)
	}
	return file
}

// bdbOf writes page 0 with what describes the file, page 1 with the keys, and then the values' overflow pages.
func bdbOf(order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}, headers [][]byte) []byte {
	const size = 4096
	file := make([]byte, 2*size)
	order.PutUint32(file[12:], bdbMagic)
	order.PutUint32(file[20:], size)
	file[25] = bdbHashMeta

	keys := file[size:][:size]
	keys[25] = bdbHash
	order.PutUint16(keys[20:], uint16(2*len(headers)+2))
	end := size
	put := func(index int, item []byte) {
		end -= len(item)
		copy(keys[end:], item)
		order.PutUint16(keys[bdbPageHead+2*index:], uint16(end))
	}
	put(0, []byte{1, 0, 0, 0, 0}) // rpm's counter lies on the page itself: no package
	put(1, []byte{1, 3, 0, 0, 0})
	for i, h := range headers {
		offPage := []byte{bdbOffPage, 0, 0, 0}
		offPage = order.AppendUint32(offPage, uint32(len(file)/size))
		offPage = order.AppendUint32(offPage, uint32(len(h)))
		put(2*i+2, []byte{1, byte(i), 0, 0, 0})
		put(2*i+3, offPage)
		for len(h) > 0 {
			page := make([]byte, size)
			page[25] = bdbOverflow
			n := copy(page[bdbPageHead:], h)
			if h = h[n:]; len(h) > 0 {
				order.PutUint32(page[16:], uint32(len(file)/size+1))
			}
			order.PutUint16(page[22:], uint16(n))
			file = append(file, page...)
			keys = file[size:][:size]
		}
	}
	order.PutUint32(file[32:], uint32(len(file)/size-1))
	return file
}

func TestRPM(t *testing.T) {
	t.Parallel()
	packages := threePackages(t)
	damaged := append([][]byte{{0, 0, 0, 1}, rpmHeaderOf(tag{number: rpmName, text: "without-version"})}, packages...)
	for name, file := range map[string][]byte{
		"var/lib/rpm/rpmdb.sqlite":          sqliteOf(t, damaged),
		"usr/lib/sysimage/rpm/rpmdb.sqlite": sqliteOf(t, damaged),
		"usr/lib/sysimage/rpm/Packages.db":  ndbOf(damaged),
		"var/lib/rpm/Packages":              bdbOf(binary.LittleEndian, damaged),
		"usr/share/rpm/Packages":            bdbOf(binary.BigEndian, damaged),
	} {
		host := Host{Root: fstest.MapFS{name: {Data: file}}}
		r := only(t, Gather(t.Context(), host, Options{Now: noon}), TypeApplication)
		if r.Err != nil || r.Skipped != 2 {
			t.Errorf("%s: %d skipped, %v", name, r.Skipped, r.Err)
		}
		wantEntries(t, r.Entries, threeEntries)
	}
}

// A conversion leaves the older forms behind, and the directories link to each other.
func TestRPMReadsOneDatabase(t *testing.T) {
	t.Parallel()
	host := Host{Root: fstest.MapFS{
		"var/lib/rpm/rpmdb.sqlite":          {Data: sqliteOf(t, threePackages(t))},
		"var/lib/rpm/Packages":              {Data: []byte("left behind")},
		"usr/lib/sysimage/rpm/rpmdb.sqlite": {Data: sqliteOf(t, threePackages(t))},
	}}
	r := only(t, Gather(t.Context(), host, Options{Now: noon}), TypeApplication)
	if r.Err != nil || len(r.Entries) != 3 {
		t.Errorf("%d entries, %v", len(r.Entries), r.Err)
	}
}

// What rpm has written but not yet moved from the log into the file counts.
func TestRPMSQLiteLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "rpmdb.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"PRAGMA journal_mode = WAL", "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec("INSERT INTO Packages (blob) VALUES (?)", helloHeader(t)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "rpmdb.sqlite-wal")); err != nil || info.Size() == 0 {
		t.Fatalf("the log is empty: %v", err)
	}

	var got found
	_, err = readRPMSQLite(t.Context(), os.DirFS(dir), "rpmdb.sqlite", func(h []byte) {
		got.add(parseRPMHeader(h))
	})
	if err != nil || len(got.entries) != 1 {
		t.Errorf("%d packages, %v", len(got.entries), err)
	}
	if after, _ := os.ReadDir(dir); len(after) != len(before) {
		t.Errorf("reading left files on the host: %v", after)
	}
}

func TestRPMDamaged(t *testing.T) {
	t.Parallel()
	good := map[string][]byte{
		"var/lib/rpm/rpmdb.sqlite": sqliteOf(t, threePackages(t)),
		"var/lib/rpm/Packages.db":  ndbOf(threePackages(t)),
		"var/lib/rpm/Packages":     bdbOf(binary.LittleEndian, threePackages(t)),
	}
	for name, file := range good {
		for what, data := range map[string][]byte{"nothing": {}, "garbage": bytes.Repeat([]byte("garbage "), 1000), "a torn file": file[:len(file)/3]} {
			r := only(t, Gather(t.Context(), Host{Root: fstest.MapFS{name: {Data: data}}}, Options{Now: noon}), TypeApplication)
			if r.Err == nil && r.Skipped == 0 {
				t.Errorf("%s, %s: %d entries and no complaint", name, what, len(r.Entries))
			}
		}
	}
}

// A chain of pages that has become a circle ends.
func TestBDBCircle(t *testing.T) {
	t.Parallel()
	file := bdbOf(binary.LittleEndian, threePackages(t)[1:2])
	last := file[len(file)-4096:]
	binary.LittleEndian.PutUint32(last[16:], 2)
	binary.LittleEndian.PutUint32(file[4096:][4096-5-5-5-12+8:], maxHeader+1)
	skipped, err := readRPMBDB(t.Context(), bytes.NewReader(file), func([]byte) { t.Error("a header that is larger than can be") })
	if skipped != 1 || err != nil {
		t.Errorf("%d skipped, %v", skipped, err)
	}
	binary.LittleEndian.PutUint32(file[4096:][4096-5-5-5-12+8:], maxHeader)
	size := 0
	if _, err := readRPMBDB(t.Context(), bytes.NewReader(file), func(h []byte) { size = len(h) }); err != nil || size != maxHeader {
		t.Errorf("%d bytes, %v", size, err)
	}
}

func FuzzRPMHeader(f *testing.F) {
	for _, h := range threePackages(f) {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got found
		got.add(parseRPMHeader(data))
		if len(got.entries)+got.skipped != 1 {
			t.Errorf("one header became %+v", got)
		}
		for _, e := range got.entries {
			if name, _ := e.Get("Name"); !legal(e) || name == "" {
				t.Errorf("%v", e)
			}
		}
	})
}

// Whatever the file, a reader ends, and what it gives is made of the bytes that are there.
func FuzzRPMDatabase(f *testing.F) {
	packages := [][]byte{helloHeader(f), rpmHeaderOf(tag{number: rpmName, text: "a"}, tag{number: rpmVersion, text: "1"})}
	f.Add(ndbOf(packages))
	f.Add(bdbOf(binary.LittleEndian, packages))
	f.Add(bdbOf(binary.BigEndian, packages))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func(context.Context, io.ReaderAt, func([]byte)) (int, error){readRPMNDB, readRPMBDB} {
			n := 0
			skipped, _ := read(t.Context(), bytes.NewReader(data), func(h []byte) {
				n++
				if len(h) > maxHeader {
					t.Errorf("a header of %d bytes", len(h))
				}
			})
			if n+skipped > len(data) {
				t.Errorf("%d headers and %d skipped in %d bytes", n, skipped, len(data))
			}
		}
	})
}
