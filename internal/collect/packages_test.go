package collect

import (
	"io"
	"strings"
	"testing"
	"testing/fstest"
)

const dpkgStatus = `Package: bash
Essential: yes
Status: install ok installed
Priority: required
Section: shells
Maintainer: Matthias Klose <doko@debian.org>
Architecture: amd64
Version: 5.2.15-2+b10
Description: GNU Bourne Again SHell
 Bash is an sh-compatible command language interpreter.
 .
 Status: deinstall ok config-files
Homepage: http://tiswww.case.edu/php/chet/bash/bashtop.html

Package: held
Status: hold ok installed
Architecture: all
Version: 1:2.0

Package: waiting
Status: install ok triggers-awaited
Architecture: i386
Version: 3

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 0.9

Package: half
Status: install reinstreq half-installed
Architecture: amd64
Version: 0.9

Package: without-version
Status: install ok installed
Architecture: amd64

this line is no field
Status: install ok installed
Version: 1
`

func TestDpkg(t *testing.T) {
	t.Parallel()
	host := Host{Root: tree("var/lib/dpkg/status", dpkgStatus)}
	r := only(t, Gather(t.Context(), host, Options{Now: noon}), TypeApplication)
	if r.Err != nil || r.Version != "1.1" || r.Skipped != 2 {
		t.Errorf("version %s, %d skipped, %v", r.Version, r.Skipped, r.Err)
	}
	wantEntries(t, r.Entries, `
ApplicationType=shells; Architecture=x86_64; Name=bash; PackageId=bash_5.2.15-2+b10_amd64.deb; Publisher=Matthias Klose <doko@debian.org>; Summary=GNU Bourne Again SHell; URL=http://tiswww.case.edu/php/chet/bash/bashtop.html; Version=5.2.15-2+b10
Architecture=all; Name=held; PackageId=held_1:2.0_all.deb; Publisher=; Version=1:2.0
Architecture=i386; Name=waiting; PackageId=waiting_3_i386.deb; Publisher=; Version=3
`)
}

func TestDpkgDistroless(t *testing.T) {
	t.Parallel()
	host := Host{Root: tree(
		"var/lib/dpkg/status.d/base-files", "Package: base-files\nVersion: 12.4\nArchitecture: amd64\nMaintainer: Santiago Vila\n",
		"var/lib/dpkg/status.d/base-files.md5sums", "0123456789abcdef  usr/bin/x\n",
	)}
	r := only(t, Gather(t.Context(), host, Options{Now: noon}), TypeApplication)
	if r.Err != nil || r.Skipped != 0 {
		t.Errorf("%d skipped, %v", r.Skipped, r.Err)
	}
	wantEntries(t, r.Entries, `
Architecture=x86_64; Name=base-files; PackageId=base-files_12.4_amd64.deb; Publisher=Santiago Vila; Version=12.4
`)
}

// A line of many megabytes is not held in memory, and does not end the reading.
func TestDpkgLongLine(t *testing.T) {
	t.Parallel()
	status := "Package: a\nVersion: 1\nX: " + strings.Repeat("x", 1<<20) + "\nSection: s\n\nPackage: b\nVersion: 2\nY: " + strings.Repeat("y", 1<<20)
	var got found
	if err := parseDpkg(strings.NewReader(status), &got); err != nil || len(got.entries) != 2 {
		t.Fatalf("%d packages, %v", len(got.entries), err)
	}
	if kind, _ := got.entries[0].Get("ApplicationType"); kind != "s" {
		t.Errorf("the field after the line: %q", kind)
	}
}

const apkInstalled = `C:Q1vXIdZ0tzbAIPGbf5H6+JtHoz2cM=
P:musl
V:1.2.5-r9
A:x86_64
S:407278
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Timo Teräs <timo.teras@iki.fi>
t:1734000000
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1O7nSJv0=

P:broken
A:x86_64

P:zlib
V:1.3.1-r2
A:x86_64
`

func TestAPK(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lib/apk/db/installed", "usr/lib/apk/db/installed"} {
		r := only(t, Gather(t.Context(), Host{Root: tree(name, apkInstalled)}, Options{Now: noon}), TypeApplication)
		if r.Err != nil || r.Skipped != 1 {
			t.Errorf("%s: %d skipped, %v", name, r.Skipped, r.Err)
		}
		wantEntries(t, r.Entries, `
Architecture=x86_64; Name=musl; PackageId=musl-1.2.5-r9.apk; Publisher=Timo Teräs <timo.teras@iki.fi>; Summary=the musl c library (libc) implementation; URL=https://musl.libc.org/; Version=1.2.5-r9
Architecture=x86_64; Name=zlib; PackageId=zlib-1.3.1-r2.apk; Publisher=; Version=1.3.1-r2
`)
	}
}

// An image may have more than one package manager in it.
func TestTwoDatabases(t *testing.T) {
	t.Parallel()
	host := Host{Root: tree("var/lib/dpkg/status", dpkgStatus, "lib/apk/db/installed", apkInstalled)}
	r := only(t, Gather(t.Context(), host, Options{Now: noon}), TypeApplication)
	if len(r.Entries) != 5 || r.Skipped != 3 {
		t.Errorf("%d entries, %d skipped", len(r.Entries), r.Skipped)
	}
}

// An installed package database without packages is an answer, unlike no database.
func TestNoPackages(t *testing.T) {
	t.Parallel()
	r := only(t, Gather(t.Context(), Host{Root: fstest.MapFS{"lib/apk/db/installed": {}}}, Options{Now: noon}), TypeApplication)
	if r.Err != nil || len(r.Entries) != 0 {
		t.Errorf("%d entries, %v", len(r.Entries), r.Err)
	}
}

// checkPackages holds what a parser found in a text against what may come out of any text.
func checkPackages(t *testing.T, parse func(io.Reader, *found) error, s string) {
	var got, twice found
	if err := parse(strings.NewReader(s), &got); err != nil {
		t.Fatal(err)
	}
	for _, e := range got.entries {
		name, _ := e.Get("Name")
		version, _ := e.Get("Version")
		if !legal(e) || name == "" || version == "" {
			t.Errorf("%v", e)
		}
		for _, f := range e {
			if len(f.Value) > maxText || strings.ContainsAny(f.Value, "\n\x00") {
				t.Errorf("%s is %q", f.Name, f.Value)
			}
		}
	}
	// Two databases, one after the other, have the packages of both.
	if err := parse(strings.NewReader(s+"\n\n"+s), &twice); err != nil {
		t.Fatal(err)
	}
	if len(twice.entries) != 2*len(got.entries) || twice.skipped != 2*got.skipped {
		t.Errorf("once %d packages and %d skipped, twice %d and %d", len(got.entries), got.skipped, len(twice.entries), twice.skipped)
	}
}

func FuzzDpkg(f *testing.F) {
	f.Add(dpkgStatus)
	f.Fuzz(func(t *testing.T, s string) { checkPackages(t, parseDpkg, s) })
}

func FuzzAPK(f *testing.F) {
	f.Add(apkInstalled)
	f.Fuzz(func(t *testing.T, s string) { checkPackages(t, parseAPK, s) })
}
