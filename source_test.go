package muster_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

func parse(fsys fs.FS, file string, mode parser.Mode) (*ast.File, error) {
	source, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	return parser.ParseFile(token.NewFileSet(), file, source, mode)
}

// goPackage is a folder with Go files that are not tests.
type goPackage struct {
	dir   string
	files []string
}

// goPackages returns the packages of the module at the root of fsys by folder. Folders that the go command does not look
// into, and other modules, are left out.
func goPackages(t *testing.T, fsys fs.FS) []goPackage {
	t.Helper()
	files := map[string][]string{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && (ignoredByGo(entry.Name()) || isModule(fsys, name)) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			files[path.Dir(name)] = append(files[path.Dir(name)], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var packages []goPackage
	for _, dir := range slices.Sorted(maps.Keys(files)) {
		packages = append(packages, goPackage{dir, files[dir]})
	}
	return packages
}

func ignoredByGo(folder string) bool {
	return folder == "testdata" || strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

func isModule(fsys fs.FS, dir string) bool {
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}
