package sim

import (
	"slices"

	"github.com/cespare/xxhash/v2"
)

// install is a package on a node.
type install struct {
	id      int32 // in the catalogue of the image's family
	release int   // of the package, see past.releaseOf
}

// applications reports AWS:Application: what the image brought and what was installed since. dpkg lists by name, as Windows'
// registry nearly does; rpm lists what came later at the end.
func (s *Scratch) applications() {
	c := &s.fleet.catalogues[s.image.family]
	s.install(c)
	for _, in := range s.installs {
		s.application(&c.packages[in.id], in.release)
	}
	s.end(application)
}

// extras is how many packages are drawn besides the image's. Popular ones come twice, or are in the image already.
const (
	extrasLeast, extrasSpread = 85, 70
)

// install decides what is on the node.
func (s *Scratch) install(c *catalogue) {
	d := s.roll(aboutExtras, 0)
	n := extrasLeast + d.below(extrasSpread)
	s.extras = s.extras[:0]
	for range n {
		s.extras = append(s.extras, c.popular[d.rank(len(c.popular), c.logarithm)])
	}
	slices.Sort(s.extras)
	s.extras = slices.Compact(s.extras)

	base := s.image.base
	s.ids = append(s.ids[:0], base...)
	for _, id := range s.extras {
		if _, have := slices.BinarySearch(base, id); !have {
			s.ids = append(s.ids, id)
		}
	}
	if s.image.family != rpm {
		slices.Sort(s.ids)
	}
	s.installs = s.installs[:0]
	for _, id := range s.ids {
		s.put(c, id)
	}
}

func (s *Scratch) put(c *catalogue, id int32) {
	p := &c.packages[id]
	release := s.past.releaseOf(p)
	s.installs = append(s.installs, install{id, release})
	if p.multi && release > 0 {
		s.installs = append(s.installs, install{id, release - 1})
	}
}

// application writes an entry of a package, as a Linux or Windows agent does. Its part of the item's sum is made of the package
// and of what is written here: to read the package's long texts, which are all over the memory, would double the time of a report.
func (s *Scratch) application(p *pkg, release int) {
	mark := s.mark()
	v := s.versionOf(p, release)
	publisher := p.publisher
	if s.image.publisher != "" && !p.foreign {
		publisher = s.image.publisher
	}
	if p.section != "" {
		s.add("ApplicationType", p.section)
	}
	s.add("Architecture", p.architecture)
	if p.version.epoch != "" && s.image.family == rpm {
		s.add("Epoch", p.version.epoch)
	}
	s.add("InstalledTime", s.installed(p, release))
	s.add("Name", p.name)
	s.add("PackageId", s.packageID(p, v))
	s.add("Publisher", publisher)
	if v.release != "" {
		s.add("Release", v.release)
	}
	if p.summary != "" {
		s.add("Summary", p.summary)
	}
	s.add("URL", p.url)
	s.add("Version", v.version)
	s.next()
	s.sum = mix(s.sum^p.key) ^ xxhash.Sum64String(s.from(mark))
}

// installed is when the version came onto the node: with all others of its time, within an hour or two, and like nowhere else.
func (s *Scratch) installed(p *pkg, release int) string {
	provisioned := start - 120*24*60*60 - int64(s.key%(200*24*60*60))
	return s.moment(provisioned + int64(release)*6*24*60*60 + int64(mix(s.key^p.key+uint64(release))%7200))
}

// written is a version as a release writes it.
type written struct{ version, release string }

// versionOf writes the package's version as the image's release has it, after so many releases of the package.
func (s *Scratch) versionOf(p *pkg, n int) written {
	mark := s.mark()
	newer, sign := s.image.newer, s.image.mark
	if p.foreign {
		newer, sign = 0, "+build"
	}
	switch s.image.family {
	case windows:
		p.version.upstream(&s.text, newer+n)
		return written{version: s.from(mark)}
	case rpm:
		p.version.upstream(&s.text, newer)
		upstream := s.from(mark)
		mark = s.mark()
		s.string(p.version.build)
		s.string(sign)
		s.int(n)
		return written{upstream, s.from(mark)}
	}
	if p.version.epoch != "" {
		s.string(p.version.epoch)
		s.string(":")
	}
	p.version.upstream(&s.text, newer)
	if p.version.revision != "" {
		s.string("-")
		s.string(p.version.revision)
	}
	if n > 0 {
		s.string(sign)
		s.int(n)
	}
	return written{version: s.from(mark)}
}

// packageID names the file that the package came in; on Windows it is the product's GUID, which changes with the version.
func (s *Scratch) packageID(p *pkg, v written) string {
	switch s.image.family {
	case deb:
		architecture := "all"
		if p.architecture == "x86_64" {
			architecture = "amd64"
		}
		return s.join(p.name, "_", v.version, "_", architecture, ".deb")
	case rpm:
		return s.join(p.name, "-", v.version, "-", v.release, ".src.rpm")
	}
	guid := p.key
	for i := range len(v.version) {
		guid = mix(guid ^ uint64(v.version[i]))
	}
	mark := s.mark()
	s.string("{")
	s.guid(guid)
	s.string("}")
	return s.from(mark)
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
