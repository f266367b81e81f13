package collect

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"muster"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// tree is a file system from path and content pairs.
func tree(pairs ...string) fstest.MapFS {
	t := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		t[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), ModTime: noon}
	}
	return t
}

// show writes entries as "Name=value Name=value", one a line, so that a test can hold what it wants as a text.
func show(entries []muster.Entry) string {
	var b strings.Builder
	for _, e := range entries {
		for i, f := range e {
			if i > 0 {
				b.WriteString("; ")
			}
			b.WriteString(f.Name + "=" + f.Value)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// only gives the report of a type, which must be there.
func only(t *testing.T, reports []Report, name muster.TypeName) Report {
	t.Helper()
	for _, r := range reports {
		if r.Type == name {
			return r
		}
	}
	t.Fatalf("no report of %s in %d reports", name, len(reports))
	panic("unreachable")
}

func wantEntries(t *testing.T, got []muster.Entry, want string) {
	t.Helper()
	want = strings.TrimLeft(want, "\n")
	if show(got) != want {
		t.Errorf("got\n%swant\n%s", show(got), want)
	}
}

func TestGatherLeavesOutWhatTheHostHasNot(t *testing.T) {
	t.Parallel()
	host := Host{Root: tree(), Name: "bare"}
	var names []string
	for _, r := range Gather(t.Context(), host, Options{Node: "mi-0123456789abcdef0", Version: "1.2", Now: noon}) {
		if r.Err != nil {
			t.Errorf("%s: %v", r.Type, r.Err)
		}
		if r.Captured != "2026-11-22T12:00:00Z" {
			t.Errorf("%s captured %s", r.Type, r.Captured)
		}
		names = append(names, string(r.Type))
	}
	if got := strings.Join(names, " "); got != "AWS:InstanceInformation AWS:Network" {
		t.Errorf("reports: %s", got)
	}
}

// broken fails to open one name and panics on another.
type broken struct {
	fs.FS
	fails, panics string
}

func (b broken) Open(name string) (fs.File, error) {
	switch name {
	case b.fails:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	case b.panics:
		panic("torn page")
	}
	return b.FS.Open(name)
}

func TestGatherGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	root := tree("var/lib/dpkg/status", "Package: a\nVersion: 1\nStatus: install ok installed\n", "lib/apk/db/installed", "", "etc/a.conf", "")
	host := Host{Root: broken{FS: root, fails: "lib/apk/db/installed", panics: "etc/systemd/system"}, Name: "h"}
	reports := Gather(t.Context(), host, Options{Files: []string{"/etc/*.conf"}, Now: noon})

	if r := only(t, reports, TypeApplication); !errors.Is(r.Err, fs.ErrPermission) || r.Entries != nil {
		t.Errorf("one database unreadable: %v, %d entries; half of the packages must not look like all", r.Err, len(r.Entries))
	}
	if r := only(t, reports, TypeService); r.Err == nil || !strings.Contains(r.Err.Error(), "torn page") {
		t.Errorf("a panic became %v", r.Err)
	}
	if r := only(t, reports, TypeFile); r.Err != nil || len(r.Entries) != 1 {
		t.Errorf("files after the failures: %d entries, %v", len(r.Entries), r.Err)
	}
}

func TestGatherStopsWhenTold(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, r := range Gather(ctx, Host{Root: tree()}, Options{Now: noon}) {
		if !errors.Is(r.Err, context.Canceled) {
			t.Errorf("%s: %v", r.Type, r.Err)
		}
	}
}

func TestConform(t *testing.T) {
	t.Parallel()
	many := make([]string, 0, 2*(muster.MaxAttributes+1))
	for i := range muster.MaxAttributes + 1 {
		many = append(many, "A"+string(rune('0'+i)), "v")
	}
	got := found{entries: []muster.Entry{
		entry("Name", "bad\xffbyte\x00"),
		entry("Name", strings.Repeat("é", 3000)),
		entry(many...),
		entry(strings.Repeat("n", 65), "v"),
		entry("", "v"),
		entry(),
	}}
	got.conform()
	if got.skipped != 4 || len(got.entries) != 2 {
		t.Fatalf("%d skipped, %d kept", got.skipped, len(got.entries))
	}
	if v, _ := got.entries[0].Get("Name"); v != "bad\uFFFDbyte" {
		t.Errorf("repaired to %q", v)
	}
	if v, _ := got.entries[1].Get("Name"); v != strings.Repeat("é", 2048) {
		t.Errorf("cut to %d bytes", len(v))
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  one \n two":                  "one",
		strings.Repeat("x", 101):        strings.Repeat("x", 100),
		strings.Repeat("x", 99) + "éé":  strings.Repeat("x", 99),
		strings.Repeat("x", 99) + " yz": strings.Repeat("x", 99),
	} {
		if got := text(in); got != want {
			t.Errorf("text(%q) = %q", in, got)
		}
	}
}
