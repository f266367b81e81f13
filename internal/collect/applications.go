package collect

import (
	"context"
	"errors"
	"fmt"

	"muster"
)

// application is a package as its database has it; fields may be empty.
type application struct {
	name, publisher, version, release, epoch, installed, kind, architecture, url, summary, id string
}

// entry has the attributes that the AWS agent sends, each one line and short.
func (a application) entry() muster.Entry {
	return entry(
		"Name", text(a.name),
		"Publisher", text(a.publisher),
		"Version", text(a.version),
		"Release?", text(a.release),
		"Epoch?", text(a.epoch),
		"InstalledTime?", text(a.installed),
		"ApplicationType?", text(a.kind),
		"Architecture", text(a.architecture),
		"URL?", text(a.url),
		"Summary?", text(a.summary),
		"PackageId?", text(a.id),
	)
}

// add takes an application that has a name and a version, and skips any other.
func (f *found) add(a application) {
	if text(a.name) == "" || text(a.version) == "" {
		f.skipped++
		return
	}
	f.entries = append(f.entries, a.entry())
}

// applications is AWS:Application, from every package database that the host has. One that cannot be read fails the type: a
// report without its packages would say that they are gone.
func applications(ctx context.Context, h Host, _ Options) (found, error) {
	var all found
	absent := 0
	databases := []struct {
		name string
		read func(context.Context, Host) (found, error)
	}{{"dpkg", dpkg}, {"rpm", rpm}, {"apk", apk}}
	for _, database := range databases {
		got, err := database.read(ctx, h)
		if errors.Is(err, errAbsent) {
			absent++
			continue
		}
		if err != nil {
			return found{}, fmt.Errorf("reading the database of %s: %w", database.name, err)
		}
		all.entries = append(all.entries, got.entries...)
		all.skipped += got.skipped
	}
	if absent == len(databases) {
		return found{}, errAbsent
	}
	return all, nil
}
