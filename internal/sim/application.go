package sim

import "slices"

// install is a package on a node.
type install struct {
	*pkg
	*row
}

// applications reports AWS:Application: what the image brought and what was installed since. dpkg lists by name, as Windows'
// registry nearly does; rpm lists what came later at the end.
func (s *Scratch) applications() {
	c := &s.fleet.catalogues[s.image.family]
	s.install(c)
	for _, in := range s.installs {
		s.application(in)
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

	s.installs = s.installs[:0]
	base := s.image.base
	if s.image.family == rpm {
		for _, id := range base {
			s.put(c, id)
		}
		for _, id := range s.extras {
			if _, have := slices.BinarySearch(base, id); !have {
				s.put(c, id)
			}
		}
		return
	}
	for _, id := range s.extras {
		for len(base) > 0 && base[0] < id {
			s.put(c, base[0])
			base = base[1:]
		}
		if len(base) == 0 || base[0] != id {
			s.put(c, id)
		}
	}
	for _, id := range base {
		s.put(c, id)
	}
}

func (s *Scratch) put(c *catalogue, id int32) {
	p := &c.packages[id]
	number := s.past.releaseOf(p)
	s.installs = append(s.installs, install{p, s.rowOf(c, id, number)})
	if p.multi && number > 0 {
		s.installs = append(s.installs, install{p, s.rowOf(c, id, number-1)})
	}
}

// application writes an entry of a package, as a Linux or Windows agent does.
func (s *Scratch) application(in install) {
	if in.section != "" {
		s.add("ApplicationType", in.section)
	}
	s.add("Architecture", in.architecture)
	if in.epoch != "" {
		s.add("Epoch", in.epoch)
	}
	at := s.installed(in)
	s.add("InstalledTime", s.moment(at))
	s.add("Name", in.name)
	s.add("PackageId", in.packageID)
	s.add("Publisher", in.row.publisher)
	if in.release != "" {
		s.add("Release", in.release)
	}
	if in.summary != "" {
		s.add("Summary", in.summary)
	}
	s.add("URL", in.url)
	s.add("Version", in.row.version)
	s.nextOf(in.sum + uint64(at))
}

// installed is when the version came onto the node: with all others of its time, within an hour or two, and like nowhere else.
func (s *Scratch) installed(in install) int64 {
	provisioned := start - 120*24*60*60 - int64(s.key%(200*24*60*60))
	return provisioned + int64(in.number)*6*24*60*60 + int64(mix(s.key^in.key+uint64(in.number))%7200)
}
