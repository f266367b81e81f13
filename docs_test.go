package muster_test

import (
	"fmt"
	"go/doc"
	"go/parser"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// architectureLines is what one page holds: a newcomer reads all of it.
const architectureLines = 90

func TestPackageComments(t *testing.T) {
	for _, module := range []string{".", "conformance", "bench", "browser"} {
		if !isModule(os.DirFS("."), module) {
			continue
		}
		for _, fault := range checkPackageComments(t, module, os.DirFS(module)) {
			t.Errorf("%s: %s", module, fault)
		}
	}
}

func TestArchitecture(t *testing.T) {
	for _, fault := range checkArchitecture(t, os.DirFS(".")) {
		t.Error(fault)
	}
}

// checkPackageComments returns a line for each package of a module whose comment is missing, doubled or says too little. The
// module's name is that of a command at its root.
func checkPackageComments(t *testing.T, module string, fsys fs.FS) []string {
	var faults []string
	for _, pkg := range goPackages(t, fsys) {
		var name string
		var comments []string
		for _, file := range pkg.files {
			parsed, err := parse(fsys, file, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				return append(faults, err.Error())
			}
			name = parsed.Name.Name
			if parsed.Doc != nil {
				comments = append(comments, parsed.Doc.Text())
			}
		}
		opening := "Package " + name + " "
		if name == "main" {
			opening = "Command " + path.Base(path.Join(module, pkg.dir)) + " "
		}
		if len(comments) != 1 {
			faults = append(faults, fmt.Sprintf("%s: %d files have a package comment, want one", pkg.dir, len(comments)))
		} else if !strings.HasPrefix(comments[0], opening) || !isSentence(new(doc.Package).Synopsis(comments[0])) {
			faults = append(faults, fmt.Sprintf("%s: the package comment is not a sentence that begins %q", pkg.dir, opening))
		}
	}
	return faults
}

// isSentence tells a sentence from a restated name.
func isSentence(text string) bool {
	return strings.HasSuffix(text, ".") && len(strings.Fields(text)) >= 5
}

// checkArchitecture returns a line for each package that ARCHITECTURE.md does not name, and one if it has outgrown its page.
func checkArchitecture(t *testing.T, fsys fs.FS) []string {
	page, err := fs.ReadFile(fsys, "ARCHITECTURE.md")
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	if lines := strings.Count(string(page), "\n"); lines > architectureLines {
		faults = append(faults, fmt.Sprintf("ARCHITECTURE.md has %d lines, which is more than a page of %d", lines, architectureLines))
	}
	for _, pkg := range goPackages(t, fsys) {
		name := strings.TrimPrefix(pkg.dir, "internal/")
		if name != "." && !strings.Contains(string(page), "`"+name+"`") {
			faults = append(faults, fmt.Sprintf("ARCHITECTURE.md has no sentence on `%s`", name))
		}
	}
	return faults
}

func TestPackageCommentsBite(t *testing.T) {
	for _, c := range []struct {
		name string
		fsys map[string]string
		want string
	}{
		{"good", map[string]string{
			"a/a.go":      "// Package a holds one thing.\npackage a",
			"a/b.go":      "package a",
			"a/a_test.go": "// Package a is not what it seems.\npackage a",
			"c/main.go":   "// Command c prints one thing.\npackage main",
		}, ""},
		{"none", map[string]string{"a/a.go": "package a"}, "a: 0 files have a package comment, want one"},
		{"two", map[string]string{
			"a/a.go": "// Package a holds one thing.\npackage a",
			"a/b.go": "// Package a holds another thing.\npackage a",
		}, "a: 2 files have a package comment, want one"},
		{"another name", map[string]string{"a/a.go": "// Package b holds one thing.\npackage a"},
			`a: the package comment is not a sentence that begins "Package a "`},
		{"no sentence", map[string]string{"a/a.go": "// Package a implements a.\npackage a"},
			`a: the package comment is not a sentence that begins "Package a "`},
		{"a command under the name of its package", map[string]string{"c/c.go": "// Package main prints one thing.\npackage main"},
			`c: the package comment is not a sentence that begins "Command c "`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(checkPackageComments(t, ".", textFS(c.fsys)), "\n"); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestArchitectureBites(t *testing.T) {
	for _, c := range []struct {
		name, page string
		want       []string
	}{
		{"good", "`low` and `low/deep` hold things", nil},
		{"a package without a sentence", "`low` holds things", []string{"ARCHITECTURE.md has no sentence on `low/deep`"}},
		{"too long", "`low` `low/deep`" + strings.Repeat("\n", architectureLines+1),
			[]string{"ARCHITECTURE.md has 91 lines, which is more than a page of 90"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := textFS(map[string]string{
				"ARCHITECTURE.md":            c.page,
				"doc.go":                     "package muster",
				"internal/low/low.go":        "package low",
				"internal/low/deep/deep.go":  "package deep",
				"internal/low/x/low_test.go": "package x",
			})
			if got := checkArchitecture(t, fsys); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func textFS(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}
