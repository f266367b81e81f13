package collect

import (
	"context"
	"errors"
	"io"
	"io/fs"
)

// apk reads Alpine's package database.
func apk(_ context.Context, h Host) (found, error) {
	for _, name := range []string{"lib/apk/db/installed", "usr/lib/apk/db/installed"} { // the second since /usr was merged
		file, err := h.Root.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return found{}, err
		}
		defer file.Close()
		var got found
		err = parseAPK(file, &got)
		return got, err
	}
	return found{}, errAbsent
}

// parseAPK adds the packages of an installed file: paragraphs of lines "P:name", one letter for each field. The files of a
// package follow in lines with letters of their own, which are of no interest here.
func parseAPK(r io.Reader, got *found) error {
	return paragraphs(r, ":", func(field func(name string) string) {
		name, version := field("P"), field("V")
		got.add(application{
			name: name, version: version, architecture: field("A"), publisher: field("m"), url: field("U"), summary: field("T"),
			id: name + "-" + version + ".apk",
		})
	})
}
