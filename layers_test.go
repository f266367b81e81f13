package muster_test

import (
	"fmt"
	"go/parser"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// layers is the import law: a package imports only packages of earlier lines, and none of its own line. A line may name
// packages that do not exist yet; a package that no line names does not pass.
var layers = [][]string{
	{"."},
	{"internal/access", "internal/sigv4", "internal/ssmapi", "internal/schema", "internal/document", "internal/query", "internal/store", "internal/store/codec", "internal/volatile", "internal/history", "internal/invariant", "internal/child"},
	{"internal/awsjson", "internal/index", "internal/store/sqlite", "internal/store/postgres", "internal/store/postgres/pgtest", "internal/store/storetest", "internal/store/transfer", "internal/client", "internal/ask", "internal/collect"},
	{"internal/fleet", "internal/agent", "internal/store/cached"},
	{"internal/server", "internal/datasync", "internal/sim"},
	{"internal/ui"},
	{"internal/daemon"},
	{"cmd/muster", "mustertest"},
}

func TestImportLaw(t *testing.T) {
	for _, violation := range checkLayers(t, os.DirFS("."), layers) {
		t.Error(violation)
	}
}

func TestImportLawBites(t *testing.T) {
	law := [][]string{{"."}, {"internal/low", "internal/twin"}, {"internal/high"}, {"cmd/muster"}}
	lawful := map[string]string{
		"doc.go":                         `package muster; import "fmt"`,
		"internal/low/low.go":            `package low; import "muster"`,
		"internal/high/high.go":          `package high; import ("muster"; "muster/internal/low"; "example.com/muster/internal/high")`,
		"internal/low/low_test.go":       `package low; import "muster/internal/high"`,
		"internal/low/testdata/x/x.go":   `package x; import "muster/internal/high"`,
		"cmd/muster/main.go":             `package main; import "muster/internal/high"`,
		"bench/go.mod":                   "module muster/bench",
		"bench/engine/engine.go":         `package engine; import "muster/internal/high"`,
		"internal/high/testdata/case.md": "no Go file",
	}
	for _, c := range []struct {
		name, file, source, want string
	}{
		{"lawful", "extra.go", `package muster`, ""},
		{"the root imports a package of ours", "extra.go", `package muster; import "muster/internal/low"`,
			"extra.go imports internal/low, which is not below ."},
		{"an import upwards", "internal/low/up.go", `package low; import "muster/internal/high"`,
			"internal/low/up.go imports internal/high, which is not below internal/low"},
		{"an import within a line", "internal/low/side.go", `package low; import "muster/internal/twin"`,
			"internal/low/side.go imports internal/twin, which is not below internal/low"},
		{"an import under a build tag", "internal/low/up_windows.go", "//go:build windows\n\npackage low; import _ \"muster/internal/high\"",
			"internal/low/up_windows.go imports internal/high, which is not below internal/low"},
		{"an import of another module of ours", "internal/high/bench.go", `package high; import "muster/bench/engine"`,
			"internal/high/bench.go imports bench/engine, which is not below internal/high"},
		{"an unknown internal package", "internal/util/util.go", `package util`,
			"internal/util: give it a line in layers_test.go and a sentence in ARCHITECTURE.md"},
		{"a package of an unknown folder inside a known one", "internal/low/deep/deep.go", `package deep`,
			"internal/low/deep: give it a line in layers_test.go and a sentence in ARCHITECTURE.md"},
		{"a package outside internal", "pkg/pkg.go", `package pkg`,
			"pkg: only the root, cmd/muster and mustertest live outside internal/"},
		{"a file that does not parse", "internal/low/bad.go", `package`,
			"internal/low/bad.go:1:8: expected 'IDENT', found 'EOF'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := fstest.MapFS{c.file: {Data: []byte(c.source)}}
			for name, source := range lawful {
				fsys[name] = &fstest.MapFile{Data: []byte(source)}
			}
			if got := strings.Join(checkLayers(t, fsys, law), "\n"); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// checkLayers returns a line for each breach of the law in the module at the root of fsys. It reads the files itself
// instead of asking the go command, so that the test cache sees what it depends on. Test files are free.
func checkLayers(t *testing.T, fsys fs.FS, layers [][]string) []string {
	lineOf := map[string]int{}
	for line, packages := range layers {
		for _, pkg := range packages {
			lineOf[pkg] = line
		}
	}
	var violations []string
	for _, pkg := range goPackages(t, fsys) {
		line, known := lineOf[pkg.dir]
		if !known {
			violations = append(violations, homeless(pkg.dir))
			continue
		}
		for _, file := range pkg.files {
			imports, err := importsOf(fsys, file)
			if err != nil {
				violations = append(violations, err.Error())
			}
			for _, imported := range imports {
				if below, known := lineOf[imported]; !known || below >= line {
					violations = append(violations, fmt.Sprintf("%s imports %s, which is not below %s", file, imported, pkg.dir))
				}
			}
		}
	}
	return violations
}

// homeless is what is said of a package that the law does not name.
func homeless(dir string) string {
	if strings.HasPrefix(dir, "internal/") {
		return dir + ": give it a line in layers_test.go and a sentence in ARCHITECTURE.md"
	}
	return dir + ": only the root, cmd/muster and mustertest live outside internal/"
}

// importsOf returns the folders of this module that a file imports.
func importsOf(fsys fs.FS, file string) ([]string, error) {
	parsed, err := parse(fsys, file, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: import %s: %w", file, spec.Path.Value, err)
		}
		if imported == "muster" {
			dirs = append(dirs, ".")
		} else if dir, ours := strings.CutPrefix(imported, "muster/"); ours {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}
