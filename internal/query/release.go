package query

import (
	"strings"

	"muster"
)

// Release is what an entry of AWS:Application or AWS:AWSComponent says of which release of a package it is.
type Release struct {
	Version   string // of dpkg's packages with epoch and revision
	Release   string // of rpm's packages, as is the next
	Epoch     string
	PackageID string // a file's name, which tells whose package it is
}

// The attributes that a Release is made of.
const (
	AttrVersion   = "Version"
	AttrRelease   = "Release"
	AttrEpoch     = "Epoch"
	AttrPackageID = "PackageId"
)

// Attributes gives the names of all attributes that the term looks at.
func (t Term) Attributes() []string {
	if t.OrdersReleases() {
		return []string{t.Attr.Name, AttrRelease, AttrEpoch, AttrPackageID}
	}
	return []string{t.Attr.Name}
}

// OrdersReleases says whether the term compares releases of packages, of which a Matcher has to be told more than the value.
func (t Term) OrdersReleases() bool {
	return t.ordersVersions() && t.Attr.Name == AttrVersion && (t.Attr.Type == "AWS:Application" || t.Attr.Type == "AWS:AWSComponent")
}

// ordersVersions says whether the term compares versions of anything: their attributes are those whose name ends so.
func (t Term) ordersVersions() bool {
	return (t.Op == LessThan || t.Op == GreaterThan) && strings.HasSuffix(t.Attr.Name, AttrVersion)
}

// MatchEntry says whether the term is true of an entry.
func (t Term) MatchEntry(e muster.Entry) bool {
	value, ok := e.Get(t.Attr.Name)
	if !ok || !t.OrdersReleases() {
		return t.Match(value, ok)
	}
	r := Release{Version: value}
	r.Release, _ = e.Get(AttrRelease)
	r.Epoch, _ = e.Get(AttrEpoch)
	r.PackageID, _ = e.Get(AttrPackageID)
	return t.Matcher().MatchRelease(r)
}

// MatchRelease is Match for a term that orders releases, of an entry that has a Version.
//
// Packages of dpkg and of rpm, told apart by their own marks, compare as dpkg and rpm compare them: by epoch, version and release.
// What the term's value leaves out is not compared, so 3.0.7 stands for all releases of 3.0.7, of whatever epoch. The versions of
// other packages compare as Match says.
func (m Matcher) MatchRelease(r Release) bool {
	parts, order := r.parts()
	if order == nil || r.Version == "" {
		return m.Match(r.Version, true)
	}
	for i := range m.values {
		if o := &m.values[i]; o.text != "" && parts.compare(o.parts, order) == m.wanted() {
			return true
		}
	}
	return false
}

// MatchVersion is MatchRelease of an entry of which only the version is known, if that is sure whatever else it has.
func (m Matcher) MatchVersion(version string) (match, sure bool) {
	match = m.Match(version, true)
	if version == "" {
		return match, true
	}
	dpkg, rpm, wanted := false, false, m.wanted()
	for i := range m.values {
		o := &m.values[i]
		if o.text == "" {
			continue
		}
		c := compareRPM(version, o.parts.version)
		if o.parts.hasEpoch || c == 0 && o.parts.hasRelease {
			return false, false
		}
		rpm = rpm || c == wanted
		dpkg = dpkg || cutRelease(version).compare(o.parts, compareDpkg) == wanted
	}
	return match, match == dpkg && match == rpm
}

// order compares two versions without epoch, or two releases.
type order func(a, b string) int

// parts takes the release apart, and gives the order of its parts, nil if nothing tells whose package it is.
func (r Release) parts() (releaseParts, order) {
	switch {
	case strings.HasSuffix(r.PackageID, ".deb"):
		return cutRelease(r.Version), compareDpkg
	case strings.HasSuffix(r.PackageID, ".rpm") || r.Release != "":
		return releaseParts{epoch: r.Epoch, version: r.Version, release: r.Release}, compareRPM
	}
	return releaseParts{}, nil
}

// releaseParts is a text such as 1:2.3-4.
type releaseParts struct {
	epoch, version, release string
	hasEpoch, hasRelease    bool
}

func cutRelease(text string) (p releaseParts) {
	p.version = text
	if epoch, rest, ok := strings.Cut(text, ":"); ok && allDigits(epoch) {
		p.epoch, p.version, p.hasEpoch = epoch, rest, true
	}
	if at := strings.LastIndexByte(p.version, '-'); at >= 0 {
		p.version, p.release, p.hasRelease = p.version[:at], p.version[at+1:], true
	}
	return p
}

// compare compares with what is asked for, as far as that goes.
func (p releaseParts) compare(asked releaseParts, order order) int {
	if asked.hasEpoch {
		if c := compareDigits(p.epoch, asked.epoch); c != 0 {
			return c
		}
	}
	if c := order(p.version, asked.version); c != 0 || !asked.hasRelease {
		return c
	}
	return order(p.release, asked.release)
}

// compareVersionTexts orders versions of which nothing else is known: part by part if all parts are digits, a missing one counting as
// 0, as dpkg does if both begin with a digit, and else as folded texts.
func compareVersionTexts(a, b string) int {
	switch {
	case isVersion(a) && isVersion(b):
		return compareVersions(a, b)
	case isDigit(a[0]) && isDigit(b[0]):
		return cutRelease(a).compare(cutRelease(b), compareDpkg)
	}
	return CompareFold(a, b)
}
