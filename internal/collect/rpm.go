package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"
)

// maxHeader is the size of the largest package header that is looked at. A kernel's, with all its files, has a few megabytes.
const maxHeader = 32 << 20

// rpmDirs are where rpm keeps its database: since Fedora 36 and on SUSE, before, and on systems that are made of images.
var rpmDirs = [...]string{"usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm"}

// rpm reads the database of rpm in any of the forms that it has had. The first one found is the one: the directories link to
// each other, and a conversion leaves older forms behind.
//
// There is a library for these files, knqyf263/go-rpmdb. It is not used because a damaged database can make it loop without
// end or panic in a goroutine of its own, which would take down the server that the collector lives in; because it loses all
// packages to one bad record; and because it opens SQLite databases for writing, so that it leaves files on the host.
func rpm(ctx context.Context, h Host) (found, error) {
	forms := []struct {
		file string
		read func(ctx context.Context, root fs.FS, name string, each func(header []byte)) (skipped int, err error)
	}{
		{"rpmdb.sqlite", readRPMSQLite},
		{"Packages.db", onFile(readRPMNDB)},
		{"Packages", onFile(readRPMBDB)},
	}
	for _, dir := range rpmDirs {
		for _, form := range forms {
			name := dir + "/" + form.file
			if !exists(h.Root, name) {
				continue
			}
			var got found
			bad, err := form.read(ctx, h.Root, name, func(header []byte) {
				got.add(parseRPMHeader(header))
			})
			got.skipped += bad
			if err != nil {
				return found{}, fmt.Errorf("%s: %w", name, err)
			}
			return got, nil
		}
	}
	return found{}, errAbsent
}

// onFile opens the file for a reader that needs nothing but it.
func onFile(
	read func(context.Context, io.ReaderAt, func(header []byte)) (int, error),
) func(context.Context, fs.FS, string, func(header []byte)) (int, error) {
	return func(ctx context.Context, root fs.FS, name string, each func(header []byte)) (int, error) {
		file, err := root.Open(name)
		if err != nil {
			return 0, err
		}
		defer file.Close()
		r, ok := file.(io.ReaderAt)
		if !ok {
			return 0, errors.New("the file system has no random access")
		}
		return read(ctx, r, each)
	}
}

// The tags of a header that are reported, from rpm's rpmtag.h.
const (
	rpmName        = 1000
	rpmVersion     = 1001
	rpmRelease     = 1002
	rpmEpoch       = 1003
	rpmSummary     = 1004
	rpmInstallTime = 1008
	rpmVendor      = 1011
	rpmGroup       = 1016
	rpmURL         = 1020
	rpmArch        = 1022
	rpmSourceRPM   = 1044
)

// parseRPMHeader reads a header as it lies in the database. What is none makes an application without a name.
func parseRPMHeader(data []byte) application {
	h, ok := openRPMHeader(data)
	if !ok {
		return application{}
	}
	a := application{
		name: h.text(rpmName), version: h.text(rpmVersion), release: h.text(rpmRelease), architecture: h.text(rpmArch),
		publisher: h.text(rpmVendor), kind: h.text(rpmGroup), url: h.text(rpmURL), summary: h.text(rpmSummary),
		id: h.text(rpmSourceRPM),
	}
	if epoch, ok := h.number(rpmEpoch); ok {
		a.epoch = strconv.FormatUint(uint64(epoch), 10)
	}
	if installed, ok := h.number(rpmInstallTime); ok {
		a.installed = time.Unix(int64(installed), 0).UTC().Format(time.RFC3339)
	}
	return a
}
