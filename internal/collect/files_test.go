package collect

import (
	"errors"
	"fmt"
	"path"
	"testing"
	"testing/fstest"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	root := tree("etc/a.conf", "12345", "etc/b.conf", "", "etc/b.txt", "x", "etc/dir.conf/x", "x", "opt/x/a.conf", "1")
	link(root, "etc/nowhere.conf", "/gone")
	options := Options{Files: []string{"/etc/*.conf", "/etc/a.*", "/opt/*/a.conf", "/none/*"}, Now: noon}
	r := only(t, Gather(t.Context(), Host{Root: root}, options), TypeFile)
	if r.Err != nil || r.Skipped != 0 {
		t.Errorf("%d skipped, %v", r.Skipped, r.Err)
	}
	const rest = "ProductLanguage=; ProductName=; ProductVersion=; Size="
	const first = "CompanyName=; Description=; FileVersion=; InstalledDate=; InstalledDir="
	const times = "; LastAccessTime=; ModificationTime=2026-11-22T12:00:00Z; Name="
	wantEntries(t, r.Entries, first+"/etc"+times+"a.conf; "+rest+"5\n"+
		first+"/opt/x"+times+"a.conf; "+rest+"1\n"+
		first+"/etc"+times+"b.conf; "+rest+"0\n")

	options.Files = []string{"/none/*"}
	if r := only(t, Gather(t.Context(), Host{Root: root}, options), TypeFile); r.Err != nil || len(r.Entries) != 0 {
		t.Errorf("nothing matches: %d entries, %v", len(r.Entries), r.Err)
	}
	options.Files = []string{"/etc/[a"}
	if r := only(t, Gather(t.Context(), Host{Root: root}, options), TypeFile); !errors.Is(r.Err, path.ErrBadPattern) {
		t.Errorf("a bad glob: %v", r.Err)
	}
}

func TestTooManyFiles(t *testing.T) {
	t.Parallel()
	root := fstest.MapFS{}
	for i := range maxFiles + 3 {
		root[fmt.Sprintf("srv/%04d", i)] = &fstest.MapFile{}
	}
	r := only(t, Gather(t.Context(), Host{Root: root}, Options{Files: []string{"/srv/*"}, Now: noon}), TypeFile)
	if len(r.Entries) != maxFiles || r.Skipped != 3 || r.Err != nil {
		t.Errorf("%d entries, %d skipped, %v", len(r.Entries), r.Skipped, r.Err)
	}
}
