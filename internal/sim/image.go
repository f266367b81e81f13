package sim

import (
	"math"
	"slices"
	"sync/atomic"
)

// release is a version of an operating system.
type release struct {
	family        family
	name, version string // as AWS:InstanceInformation has them
	newer         int    // how much newer its packages are than the vocabulary
	mark          string // in the versions of its packages
	publisher     string // of its packages; empty where each has its own
	kernel        string
	roles         []string // what there is an image for
	share         float64  // of the nodes
}

// PlatformType is the word that AWS:InstanceInformation has for the operating system's kind.
type PlatformType string

// The platforms that there are nodes of.
const (
	Linux   PlatformType = "Linux"
	Windows PlatformType = "Windows"
)

func (r *release) platform() PlatformType {
	if r.family == windows {
		return Windows
	}
	return Linux
}

// releases make thirty images together.
func releases() []release {
	const ubuntu = "Ubuntu Developers <developers@ubuntu.example>"
	return []release{
		{deb, "Debian GNU/Linux", "12", 0, "+deb12u", "", "6.1.0", []string{"web", "database", "kubernetes", "bastion"}, 14},
		{deb, "Debian GNU/Linux", "11", -1, "+deb11u", "", "5.10.0", []string{"web", "mail"}, 6},
		{deb, "Ubuntu", "22.04", -1, "ubuntu0.22.04.", ubuntu, "5.15.0", []string{"web", "build", "kubernetes", "data"}, 14},
		{deb, "Ubuntu", "24.04", 1, "ubuntu0.24.04.", ubuntu, "6.8.0", []string{"web", "build", "kubernetes"}, 10},
		{rpm, "Amazon Linux", "2023", 1, ".amzn2023.0.", "Amazon Linux", "6.1.109", []string{"web", "container", "data", "build"}, 16},
		{rpm, "Red Hat Enterprise Linux", "8.10", -2, ".el8_10.", "Red Hat, Inc.", "4.18.0", []string{"database", "erp"}, 7},
		{rpm, "Red Hat Enterprise Linux", "9.4", -1, ".el9_4.", "Red Hat, Inc.", "5.14.0", []string{"web", "database", "erp"}, 10},
		{rpm, "Rocky Linux", "9.4", -1, ".el9_4.rocky.", "Rocky Enterprise Software Foundation", "5.14.0", []string{"web", "compute"}, 5},
		{rpm, "SLES", "15.6", 0, ".150600.", "SUSE LLC <https://www.suse.com/>", "6.4.0", []string{"erp"}, 3},
		{windows, "Microsoft Windows Server 2019 Datacenter", "10.0.17763", 0, "", "", "10.0.17763", []string{"files", "domain"}, 5},
		{windows, "Microsoft Windows Server 2022 Datacenter", "10.0.20348", 1, "", "", "10.0.20348", []string{"web", "database", "terminal"}, 10},
	}
}

// image is what a node was made from: a release with the packages of a role.
type image struct {
	*release
	number int
	role   string
	base   []int32 // of its family's catalogue, by name
	until  float64 // where its part of the nodes ends, between 0 and 1

	// Of the release:
	key  uint64                // its version's, to roll
	rows []atomic.Pointer[row] // by package, the one that was made last, see Scratch.rowOf
}

// The packages of an image besides those that every image has, and how popular they are at least.
const (
	releasePackages, releaseDepth = 100, 4000 // in every image of the release
	rolePackages, roleDepth       = 70, 6000
	windowsPart                   = 4 // Windows has so much less of both: its usual packages are more
)

// newImages puts the images together.
func newImages(seed uint64, catalogues *[families]catalogue) []image {
	var images []image
	all := releases()
	var total, until float64
	for _, r := range all {
		total += r.share
	}
	for i := range all {
		r := &all[i]
		rows := make([]atomic.Pointer[row], len(catalogues[r.family].packages))
		weights := 0.0
		for n := range r.roles {
			weights += 1 / float64(n+1)
		}
		for n, role := range r.roles {
			until += r.share / total / float64(n+1) / weights
			images = append(images, image{
				release: r, number: len(images), role: role, until: until,
				base: baseOf(&catalogues[r.family], r.family, roll(seed, aboutBase, i), roll(seed, aboutImage, len(images))),
				key:  keyOf(r.version), rows: rows,
			})
		}
	}
	images[len(images)-1].until = math.Inf(1)
	return images
}

// baseOf draws an image's packages: the usual ones, those of its release and those of its role.
func baseOf(c *catalogue, f family, release, role dice) []int32 {
	var base []int32
	for i := range c.packages {
		if c.packages[i].usual {
			base = append(base, int32(i))
		}
	}
	ofRelease, ofRole := releasePackages, rolePackages+role.below(40)
	if f == windows {
		ofRelease, ofRole = ofRelease/windowsPart, ofRole/windowsPart
	}
	for range ofRelease {
		base = append(base, c.popular[release.below(min(releaseDepth, len(c.popular)))])
	}
	for range ofRole {
		base = append(base, c.popular[role.below(min(roleDepth, len(c.popular)))])
	}
	slices.Sort(base)
	return slices.Compact(base)
}
