package sim

import "sync/atomic"

// row is what a version of a package is written as on a release: the same on all its nodes, so it is put together once. 100,000
// nodes have some 370,000 of them, of 200 bytes.
//
// Most of a report's time is spent waiting for rows that no processor's cache has. So what is read of each stands at its
// beginning, and what it refers to is not looked at.
type row struct {
	number int // of the version, see past.releaseOf
	other  *row
	sum    uint64              // of all that it says
	fix    atomic.Pointer[fix] // what Patch Manager says of it; nil until it is asked

	version, packageID, publisher, release, epoch string
}

// rowOf finds the row of a package's version on the node's release, or makes it. Two goroutines may make the same at once; the
// one that comes second throws its own away.
func (s *Scratch) rowOf(c *catalogue, id int32, number int) *row {
	first := &s.image.rows[id]
	var made *row
	for {
		head := first.Load()
		for r := head; r != nil; r = r.other {
			if r.number == number {
				return r
			}
		}
		if made == nil {
			made = newRow(s.image.release, &c.packages[id], number)
		}
		made.other = head
		if first.CompareAndSwap(head, made) {
			return made
		}
	}
}

func newRow(on *release, p *pkg, number int) *row {
	var t text
	r := &row{number: number, publisher: p.publisher}
	if on.publisher != "" && !p.foreign {
		r.publisher = on.publisher
	}
	r.version, r.release = t.versionOf(on, p, number)
	if on.family == rpm {
		r.epoch = p.version.epoch
	}
	r.packageID = t.packageID(on.family, p, r)
	r.sum = sumOf(p.name, r.packageID, r.version, r.release)
	return r
}

// versionOf writes the package's version as the release has it, after so many releases of the package.
func (t *text) versionOf(on *release, p *pkg, number int) (version, release string) {
	mark := t.mark()
	newer, sign := on.newer, on.mark
	if p.foreign {
		newer, sign = 0, "+build"
	}
	switch on.family {
	case windows:
		p.version.upstream(t, newer+number)
		return t.from(mark), ""
	case rpm:
		p.version.upstream(t, newer)
		version = t.from(mark)
		mark = t.mark()
		t.string(p.version.build)
		t.string(sign)
		t.int(number)
		return version, t.from(mark)
	}
	if p.version.epoch != "" {
		t.string(p.version.epoch)
		t.string(":")
	}
	p.version.upstream(t, newer)
	if p.version.revision != "" {
		t.string("-")
		t.string(p.version.revision)
	}
	if number > 0 {
		t.string(sign)
		t.int(number)
	}
	return t.from(mark), ""
}

// packageID names the file that the package came in; on Windows it is the product's GUID, which changes with the version.
func (t *text) packageID(f family, p *pkg, r *row) string {
	switch f {
	case deb:
		architecture := "all"
		if p.architecture == "x86_64" {
			architecture = "amd64"
		}
		return t.join(p.name, "_", r.version, "_", architecture, ".deb")
	case rpm:
		return t.join(p.name, "-", r.version, "-", r.release, ".src.rpm")
	}
	guid := p.key
	for i := range len(r.version) {
		guid = mix(guid ^ uint64(r.version[i]))
	}
	mark := t.mark()
	t.string("{")
	t.guid(guid)
	t.string("}")
	return t.from(mark)
}

// guid writes 32 hexadecimal digits with hyphens.
func (t *text) guid(n uint64) {
	t.hex(n, 8)
	t.string("-")
	t.hex(n>>32, 4)
	t.string("-")
	t.hex(n>>48, 4)
	n = mix(n)
	t.string("-")
	t.hex(n, 4)
	t.string("-")
	t.hex(n>>16, 12)
}
