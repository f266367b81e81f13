package sim

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed services.txt
var servicesText string

// unit is a service as its package sets it up.
type unit struct {
	name, display, kind, start, depends string

	key uint64
}

// units gives each platform's services, in the order of services.txt.
var units = sync.OnceValue(func() map[PlatformType][]unit {
	all := map[PlatformType][]unit{}
	for line := range strings.Lines(servicesText) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		if len(f) != 6 {
			continue // the head
		}
		platform := PlatformType(f[0])
		all[platform] = append(all[platform], unit{f[1], f[2], f[3], f[4], f[5], keyOf(f[1])})
	}
	return all
})

// services reports AWS:Service. Which services run is the image's choice, but for a few that the last boot started or failed to.
func (s *Scratch) services() {
	for _, u := range units()[s.image.platform()] {
		running := u.start == "Automatic" || u.start == "Manual" && roll(u.key, aboutService, s.image.number).happens(0.4)
		if s.roll(aboutService, int(u.key>>8)+s.past.boots).happens(0.03) {
			running = !running
		}
		status := "Stopped"
		if running {
			status = "Running"
		}
		s.add("DependentServices", "")
		s.add("DisplayName", u.display)
		s.add("Name", u.name)
		s.add("ServiceType", u.kind)
		s.add("ServicesDependedOn", u.depends)
		s.add("StartType", u.start)
		s.add("Status", status)
		s.next()
	}
	s.end(service)
}
