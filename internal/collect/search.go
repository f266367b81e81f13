package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// maxScanned is how many directories a search looks into that says nothing of it, as with the AWS agent.
const maxScanned = 5000

// Search names files for AWS:File as the AWS agent does.
type Search struct {
	Path         string   // a directory
	Pattern      []string // globs of names, any of which will do
	Recursive    bool     // look into the directories below, too
	DirScanLimit int      // directories to look into; 0 is maxScanned
}

// ParseSearches reads what an association's parameter files says, a JSON array of them.
func ParseSearches(text string) ([]Search, error) {
	var searches []Search
	if err := json.Unmarshal([]byte(text), &searches); err != nil {
		return nil, fmt.Errorf("the files to report are no JSON array of searches: %w", err)
	}
	for _, s := range searches {
		if s.Path == "" || len(s.Pattern) == 0 {
			return nil, errors.New("the files to report are no searches: each has a Path and a Pattern")
		}
		for _, glob := range s.Pattern {
			if _, err := path.Match(glob, ""); err != nil {
				return nil, fmt.Errorf("the files to report: %s: %w", glob, err)
			}
		}
	}
	return searches, nil
}

// find gives the files below the root, and how many directories it did not look into because it had looked into enough. What
// cannot be read has no files in it.
func (s Search) find(ctx context.Context, root fs.FS) (names []string, cut int, err error) {
	left := s.DirScanLimit
	if left <= 0 {
		left = maxScanned
	}
	top := s.top()
	err = fs.WalkDir(root, top, func(name string, d fs.DirEntry, err error) error {
		if stop := ctx.Err(); stop != nil {
			return stop
		}
		if err != nil {
			return nil
		}
		if !d.IsDir() {
			if s.matches(path.Base(name)) {
				names = append(names, name)
			}
			return nil
		}
		if name != top && !s.Recursive {
			return fs.SkipDir
		}
		if left == 0 {
			cut++
			return fs.SkipDir
		}
		left--
		return nil
	})
	return names, cut, err
}

// top is the directory as the root has it: without the drive of Windows, which the root is.
func (s Search) top() string {
	p := strings.ReplaceAll(s.Path, `\`, "/")
	if len(p) > 1 && p[1] == ':' {
		p = p[2:]
	}
	if p = strings.TrimPrefix(path.Clean("/"+p), "/"); p == "" {
		return "."
	}
	return p
}

func (s Search) matches(name string) bool {
	for _, glob := range s.Pattern {
		if ok, err := path.Match(glob, name); ok && err == nil {
			return true
		}
	}
	return false
}
