package sim

// filesOf is how many packages a Linux node shows the settings of.
const filesOf = 30

// logs are files that are written to while the node lives.
var logs = [...]string{"syslog", "auth.log", "kern.log", "dpkg.log", "daemon.log", "cron.log"}

// files reports AWS:File as the agent does on Linux, where it fills four attributes: settings that the packages brought, which
// a third of the nodes has edited, and logs.
func (s *Scratch) files() {
	c := &s.fleet.catalogues[s.image.family]
	for i := range filesOf {
		id := s.image.base[i*len(s.image.base)/filesOf]
		p := &c.packages[id]
		d := roll(p.key, aboutFile, s.past.releaseOf(p))
		size := 400 + d.below(12000)
		modified := start - int64(d.below(400*24*60*60))
		if d := s.roll(aboutFile, int(id)); d.happens(0.3) {
			size += d.below(300)
			modified = start - int64(d.below(100*24*60*60))
		}
		s.file(s.join(p.name, ".conf"), s.join("/etc/", p.name), size, modified)
	}
	for i, name := range logs {
		d := s.roll(aboutFile, -1-i-s.past.touches*len(logs))
		s.file(name, "/var/log", d.below(1<<24), start+int64(s.past.touches*interval-d.below(interval)))
	}
	s.end(file)
}

func (s *Scratch) file(name, dir string, size int, modified int64) {
	s.add("CompanyName", "")
	s.add("Description", "")
	s.add("FileVersion", "")
	s.add("InstalledDate", "")
	s.add("InstalledDir", dir)
	s.add("LastAccessTime", "")
	s.add("ModificationTime", s.moment(modified))
	s.add("Name", name)
	s.add("ProductLanguage", "")
	s.add("ProductName", "")
	s.add("ProductVersion", "")
	s.add("Size", s.number(size))
	s.next()
}
