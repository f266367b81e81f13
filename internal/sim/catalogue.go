package sim

import (
	"math"
	"slices"
	"strings"
	"sync"
)

// family is a kind of package with its own names and its own way to write versions.
type family int

const (
	deb family = iota
	rpm
	windows
	families
)

// pkg is something that can be installed, without the release that it is installed on.
type pkg struct {
	key     uint64 // its identity to roll
	pace    uint64 // new versions in 256 patch levels
	multi   bool   // an update leaves the version before installed
	usual   bool   // part of every image
	foreign bool   // from a vendor of its own, in the same versions for all releases

	name, architecture, section, url, summary, publisher string

	version version
}

// catalogue is the packages of one family, by name.
type catalogue struct {
	packages  []pkg
	popular   []int32 // by popularity, most popular first
	logarithm float64 // of len(popular)+1, for dice.rank
}

// catalogues gives the families' packages, which are the same for every seed.
var catalogues = sync.OnceValue(func() *[families]catalogue {
	words, err := vocabulary()
	if err != nil {
		panic(err) // the file is part of the program, and tests read it
	}
	return &[families]catalogue{
		deb:     newCatalogue(deb, debPackages(words)),
		rpm:     newCatalogue(rpm, rpmPackages(words)),
		windows: newCatalogue(windows, windowsPackages()),
	}
})

// newCatalogue sorts the packages, keeps one of a name, and decides what they are like where no vocabulary says it.
func newCatalogue(f family, packages []pkg) catalogue {
	slices.SortStableFunc(packages, func(a, b pkg) int { return strings.Compare(a.name, b.name) })
	packages = slices.CompactFunc(packages, func(a, b pkg) bool { return a.name == b.name })
	c := catalogue{packages: packages, logarithm: math.Log(float64(len(packages) + 1))}
	order := make([]uint64, len(packages))
	for i := range packages {
		p := &packages[i]
		p.key = mix(keyOf(p.name) + uint64(f))
		d := roll(p.key, aboutPackage, 0)
		p.pace = paces[d.below(len(paces))]
		if p.multi || p.usual && d.below(3) == 0 {
			p.pace = paces[0]
		}
		p.foreign = !p.usual && f != windows && d.below(100) < 37
		if p.foreign {
			p.publisher = vendors[d.below(len(vendors))]
		}
		// Derived packages, such as those with debug symbols, are rarer than what they belong to.
		order[i] = uint64(roll(p.key, aboutPopularity, 0)) >> 2
		if derived(p.name) {
			order[i] |= 1 << 63
		}
		c.popular = append(c.popular, int32(i))
	}
	slices.SortFunc(c.popular, func(a, b int32) int {
		if order[a] < order[b] {
			return -1
		}
		return 1
	})
	return c
}

// paces are how often packages have new versions: some always, most hardly ever.
var paces = [...]uint64{100, 36, 14, 7, 4, 3, 2, 1, 1, 0, 0, 0}

// vendors are made up.
var vendors = [...]string{
	"Example Software GmbH <packages@software.example>", "Observability Example, Inc.", "Example Databases B.V. <build@databases.example>",
	"Release Engineering <release-engineering@corp.example.com>", "Example Security Ltd.",
}

// derived tells the packages that come with others.
func derived(name string) bool {
	for _, suffix := range []string{"-dbgsym", "-doc", "-common", "-debuginfo", "-debugsource", "-devel", "-libs"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}
