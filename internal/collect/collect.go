// Package collect gathers the inventory of a host: what is installed on it, what runs, what it is made of.
//
// It sends nothing and remembers nothing; package agent does that. It starts no programs: what a package manager or an init
// system knows is read from the files where it keeps it, under a file system that the caller gives, so that a container's or
// a disk image's root can be gathered as well as the machine's own.
package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"muster"
)

// The types gathered, besides muster.TypeInstanceInformation and custom ones.
const (
	TypeApplication         muster.TypeName = "AWS:Application"
	TypeNetwork             muster.TypeName = "AWS:Network"
	TypeDetailedInformation muster.TypeName = "AWS:InstanceDetailedInformation"
	TypeService             muster.TypeName = "AWS:Service"
	TypeFile                muster.TypeName = "AWS:File"
)

// Options say what to gather from a host and for whom.
type Options struct {
	Node    muster.NodeID
	Version string            // of muster, for AWS:InstanceInformation
	Types   []muster.TypeName // of the built-in ones, which to gather; nil for all
	Files   []string          // globs of files for AWS:File, "/etc/*.conf"
	Search  []Search          // more files for it; without either the type is not reported
	Custom  fs.FS             // a directory of *.json files with custom types; nil for none
	Now     time.Time         // the capture time
}

// Report is what was found of one type.
type Report struct {
	Type     muster.TypeName // "Custom:" alone stands for the files of Options.Custom that hold no type
	Version  muster.Version
	Captured muster.CaptureTime
	Entries  []muster.Entry // sorted, save those of custom types; within the limits of package muster
	Skipped  int            // records that made no sense, or one too many
	Err      error          // why there are no Entries: then nothing is known about the type, and it must not be reported
}

// gatherer finds the entries of one type. Where the host has nothing to read them from it gives errAbsent, and the type is
// left out: that no package database was found does not mean that no package is installed.
type gatherer struct {
	name    muster.TypeName
	version muster.Version
	find    func(context.Context, Host, Options) (found, error)
}

// found is what a gatherer has read.
type found struct {
	entries []muster.Entry
	skipped int
}

var errAbsent = errors.New("not on this host")

// gatherers lists the built-in types, in the order of their reports.
func gatherers() []gatherer {
	return []gatherer{
		{muster.TypeInstanceInformation, "1.0", instanceInformation},
		{TypeApplication, "1.1", applications},
		{TypeNetwork, "1.0", network},
		{TypeDetailedInformation, "1.0", detailedInformation},
		{TypeService, "1.0", services},
		{TypeFile, "1.0", files},
	}
}

// Gather reports on all types that the host has something to say about. A type that fails has its error in its report and
// stops no other; when ctx ends, the types not yet gathered fail.
func Gather(ctx context.Context, host Host, options Options) []Report {
	captured := muster.NewCaptureTime(options.Now)
	var reports []Report
	for _, g := range gatherers() {
		if options.Types != nil && !slices.Contains(options.Types, g.name) {
			continue
		}
		got, err := g.run(ctx, host, options)
		if errors.Is(err, errAbsent) {
			continue
		}
		sortEntries(got.entries)
		reports = append(reports, Report{
			Type: g.name, Version: g.version, Captured: captured, Entries: got.entries, Skipped: got.skipped, Err: err,
		})
	}
	if options.Custom != nil {
		reports = append(reports, customTypes(options.Custom, captured)...)
	}
	return reports
}

// run turns a panic into an error. What gatherers read was written by others and may be damaged, and the collector may be
// living inside a server that has better things to do than to die of it.
func (g gatherer) run(ctx context.Context, host Host, options Options) (got found, err error) {
	defer func() {
		if p := recover(); p != nil {
			got, err = found{}, fmt.Errorf("gathering %s: panic: %v", g.name, p)
		}
	}()
	if err := ctx.Err(); err != nil {
		return found{}, fmt.Errorf("gathering %s: %w", g.name, err)
	}
	got, err = g.find(ctx, host, options)
	if err != nil {
		return found{}, fmt.Errorf("gathering %s: %w", g.name, err)
	}
	got.conform()
	return got, nil
}

// sortEntries orders by Name first, so that a reader can page through a list; the same host always gives the same order, so
// that the hash of the content changes only when the content does.
func sortEntries(entries []muster.Entry) {
	slices.SortFunc(entries, func(a, b muster.Entry) int {
		nameA, _ := a.Get("Name")
		nameB, _ := b.Get("Name")
		return cmp.Or(strings.Compare(nameA, nameB), a.Compare(b))
	})
}
