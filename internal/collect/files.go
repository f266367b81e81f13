package collect

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxFiles is how many files a report has, as with the AWS agent.
const maxFiles = 500

// files is AWS:File: the files that match the globs of the options, and those that its searches find. As from the AWS agent on
// Linux, only four attributes say something. The agent's run fails when there are more than maxFiles; here the rest are skipped.
func files(ctx context.Context, h Host, o Options) (found, error) {
	if len(o.Files)+len(o.Search) == 0 {
		return found{}, errAbsent
	}
	var got found
	var names []string
	for _, glob := range o.Files {
		matches, err := fs.Glob(h.Root, strings.TrimPrefix(path.Clean(glob), "/"))
		if err != nil {
			return found{}, fmt.Errorf("%s: %w", glob, err)
		}
		names = append(names, matches...)
		if err := ctx.Err(); err != nil {
			return found{}, err
		}
	}
	for _, s := range o.Search {
		matches, cut, err := s.find(ctx, h.Root)
		if err != nil {
			return found{}, fmt.Errorf("%s: %w", s.Path, err)
		}
		names = append(names, matches...)
		got.skipped += cut
	}
	slices.Sort(names)

	for _, name := range slices.Compact(names) {
		info, err := fs.Stat(h.Root, name)
		if err != nil || info.IsDir() {
			continue // gone by now, a link to nowhere, or not a file
		}
		if len(got.entries) == maxFiles {
			got.skipped++
			continue
		}
		got.entries = append(got.entries, entry(
			"Name", path.Base(name),
			"Size", strconv.FormatInt(info.Size(), 10),
			"Description", "",
			"FileVersion", "",
			"InstalledDate", "",
			"ModificationTime", info.ModTime().UTC().Format(time.RFC3339),
			"LastAccessTime", "",
			"ProductName", "",
			"InstalledDir", path.Dir("/"+name),
			"ProductLanguage", "",
			"CompanyName", "",
			"ProductVersion", "",
		))
	}
	return got, nil
}
