package collect

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// dpkg reads Debian's package database. Images that are built without dpkg ("distroless") have a file for each package in
// status.d instead of, or beside, the one file that dpkg keeps.
func dpkg(_ context.Context, h Host) (found, error) {
	var got found
	names := []string{}
	if exists(h.Root, "var/lib/dpkg/status") {
		names = append(names, "var/lib/dpkg/status")
	}
	parts, err := fs.ReadDir(h.Root, "var/lib/dpkg/status.d")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return found{}, err
	}
	for _, part := range parts {
		if !part.IsDir() && path.Ext(part.Name()) != ".md5sums" {
			names = append(names, "var/lib/dpkg/status.d/"+part.Name())
		}
	}
	if len(names) == 0 {
		return found{}, errAbsent
	}
	for _, name := range names {
		if err := readDpkg(h.Root, name, &got); err != nil {
			return found{}, err
		}
	}
	return got, nil
}

func readDpkg(root fs.FS, name string, got *found) error {
	file, err := root.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return parseDpkg(file, got)
}

// parseDpkg adds the packages of a status file: paragraphs of "Name: value" fields, of which a line that begins with a space
// continues the one before. Of a field the first line is enough.
func parseDpkg(r io.Reader, got *found) error {
	return paragraphs(r, ":", func(field func(name string) string) {
		if !dpkgInstalled(field("Status")) {
			return
		}
		name, version, architecture := field("Package"), field("Version"), field("Architecture")
		a := application{
			name: name, version: version, architecture: architecture,
			publisher: field("Maintainer"), kind: field("Section"), url: field("Homepage"), summary: field("Description"),
			id: name + "_" + version + "_" + architecture + ".deb",
		}
		if architecture == "amd64" {
			a.architecture = "x86_64" // as rpm calls it, so that a fleet of both has one word for it
		}
		got.add(a)
	})
}

// dpkgInstalled reads "want flag state". A package that awaits triggers has all its files in place, and what was removed
// but for its configuration has not. Files in status.d have no Status.
func dpkgInstalled(status string) bool {
	words := strings.Fields(status)
	if len(words) == 0 {
		return true
	}
	switch words[len(words)-1] {
	case "installed", "triggers-awaited", "triggers-pending":
		return true
	}
	return false
}

// maxLine is how much of a line in a text database is looked at.
const maxLine = 4096

// paragraphs calls each for every paragraph that has a field, with a function that gives a field's first line. Lines begin
// with a name and the separator; of a field that comes twice the last counts. Lines that are neither field nor continuation
// are passed over.
func paragraphs(r io.Reader, separator string, each func(field func(name string) string)) error {
	fields := map[string]string{}
	flush := func() {
		if len(fields) > 0 {
			each(func(name string) string { return fields[name] })
		}
		clear(fields)
	}
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := readLine(lines)
		if err != nil {
			flush()
			if err == io.EOF {
				return nil
			}
			return err
		}
		if strings.TrimSpace(line) == "" {
			flush()
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		if name, value, ok := strings.Cut(line, separator); ok {
			fields[name] = strings.TrimSpace(value)
		}
	}
}

// readLine gives the next line's first maxLine bytes.
func readLine(r *bufio.Reader) (string, error) {
	line, more, err := r.ReadLine()
	kept := string(line)
	for more && err == nil {
		_, more, err = r.ReadLine()
	}
	if err == io.EOF && kept != "" {
		err = nil // the next call says it again
	}
	return kept, err
}
