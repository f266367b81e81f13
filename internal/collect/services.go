package collect

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// unitDirs are where systemd looks for units, the first that has one wins.
var unitDirs = [...]string{
	"etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system", "lib/systemd/system",
}

// services is AWS:Service from systemd's unit files. AWS fills this type on Windows only, so Windows' words are used: one
// filter then finds a service that should run and does not on all of a fleet.
//
//	StartType  Automatic: enabled, that is, wanted or required by another unit through a link
//	           Manual:    started by hand, by another unit, a timer or a socket
//	           Disabled:  masked
//	Status     Running: it has a control group with something in it; Stopped: it has none; left out where groups are not shown
//
// Settings that drop-in files change are not looked at, nor are units that generators make at boot.
func services(_ context.Context, h Host, _ Options) (found, error) {
	units, err := listUnits(h.Root)
	if err != nil {
		return found{}, err
	}
	running, known := runningUnits(h.Root)
	var got found
	for _, name := range slices.Sorted(maps.Keys(units)) {
		u := units[name]
		d, err := readUnit(h.Root, u)
		if err != nil {
			got.skipped++ // a link to nowhere is what a removed package leaves behind
			continue
		}
		service := strings.TrimSuffix(name, ".service")
		status := ""
		if known {
			status = "Stopped"
			if running[name] {
				status = "Running"
			}
		}
		got.entries = append(got.entries, entry(
			"Name", service,
			"DisplayName", text(expand(d.description, service)),
			"ServiceType?", text(d.kind),
			"StartType", u.start(),
			"Status?", status,
		))
	}
	return got, nil
}

// unit is a service by what lies around in the unit directories.
type unit struct {
	path            string // of its file
	enabled, masked bool
}

func (u *unit) start() string {
	switch {
	case u.masked:
		return "Disabled"
	case u.enabled:
		return "Automatic"
	}
	return "Manual"
}

// listUnits finds the services and what systemctl enable and mask have done to them. A template, name@.service, is not a
// service, but an instance of it that is enabled is.
func listUnits(root fs.FS) (map[string]*unit, error) {
	units := map[string]*unit{}
	wanted := map[string]bool{}
	templates := map[string]string{}
	absent := 0
	for _, dir := range unitDirs {
		entries, err := fs.ReadDir(root, dir)
		if errors.Is(err, fs.ErrNotExist) {
			absent++
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			name, file := e.Name(), path.Join(dir, e.Name())
			switch {
			case strings.HasSuffix(name, ".wants"), strings.HasSuffix(name, ".requires"):
				links, _ := fs.ReadDir(root, file) // one that cannot be read wants nothing that we can know of
				for _, link := range links {
					wanted[link.Name()] = true
				}
			case strings.HasSuffix(name, "@.service"):
				if templates[name] == "" {
					templates[name] = file
				}
			case !strings.HasSuffix(name, ".service"), units[name] != nil:
			case e.Type()&fs.ModeSymlink != 0:
				if u := linkedUnit(root, name, file); u != nil {
					units[name] = u
				}
			default:
				info, err := e.Info()
				units[name] = &unit{path: file, masked: err == nil && info.Size() == 0}
			}
		}
	}
	if absent == len(unitDirs) {
		return nil, errAbsent
	}
	for name := range wanted {
		if units[name] == nil {
			template, _, instance := strings.Cut(name, "@")
			if !instance || templates[template+"@.service"] == "" {
				continue
			}
			units[name] = &unit{path: templates[template+"@.service"]}
		}
		units[name].enabled = true
	}
	return units, nil
}

// linkedUnit follows a link: to /dev/null the unit is masked, to a file of another name it is an alias of what is listed
// under that name, and so nil.
func linkedUnit(root fs.FS, name, file string) *unit {
	target, err := fs.ReadLink(root, file)
	switch {
	case err != nil:
		return &unit{path: file}
	case target == "/dev/null":
		return &unit{masked: true}
	case path.Base(target) != name:
		return nil
	}
	if path.IsAbs(target) {
		return &unit{path: strings.TrimPrefix(path.Clean(target), "/")} // absolute, but below our root
	}
	return &unit{path: path.Join(path.Dir(file), target)}
}

// description is what is read of a unit file.
type description struct {
	description, kind string
}

// readUnit reads a unit's file. Of a masked one nothing is known.
func readUnit(root fs.FS, u *unit) (description, error) {
	if u.masked {
		return description{}, nil
	}
	file, err := root.Open(u.path)
	if err != nil {
		return description{}, err
	}
	defer file.Close()
	d, err := parseUnit(file)
	d.kind = cmp.Or(d.kind, "simple")
	return d, err
}

// parseUnit reads the ini-like syntax of systemd.syntax(7). Of a setting that comes twice the last counts.
func parseUnit(r io.Reader) (description, error) {
	var d description
	section := ""
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := readLine(lines)
		if err == io.EOF {
			return d, nil
		}
		if err != nil {
			return description{}, err
		}
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case section == "[Unit]" && name == "Description":
			d.description = strings.TrimSpace(strings.TrimSuffix(value, `\`))
		case section == "[Service]" && name == "Type":
			d.kind = value
		}
	}
}

// expand replaces the specifiers that descriptions have, from systemd.unit(5): the instance and the name.
func expand(s, service string) string {
	prefix, instance, _ := strings.Cut(service, "@")
	return strings.NewReplacer("%%", "%", "%i", instance, "%I", instance, "%n", service+".service", "%N", service, "%p", prefix).Replace(s)
}

// runningUnits are the services that have a control group; systemd removes the group when the last process ends. Known is
// false where the hierarchy does not show, as in most containers.
func runningUnits(root fs.FS) (running map[string]bool, known bool) {
	running = map[string]bool{}
	for _, mount := range []string{"sys/fs/cgroup", "sys/fs/cgroup/systemd"} { // version 2, and systemd's own of version 1
		if !exists(root, mount+"/system.slice") {
			continue
		}
		known = true
		_ = fs.WalkDir(root, mount+"/system.slice", func(_ string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return nil // groups come and go while we look
			}
			if strings.HasSuffix(d.Name(), ".service") {
				running[d.Name()] = true
				return fs.SkipDir
			}
			return nil
		})
	}
	return running, known
}
