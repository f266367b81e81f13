package query

import (
	"cmp"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"muster"
)

// The pairs are in order, or equal if there is = between.
var dpkgPairs = []string{
	"1.0 < 1.1", "1.9 < 1.10", "1.0~rc1 < 1.0", "1.0~~ < 1.0~", "1.0 < 1.0a", "1.0a < 1.0+b", "1.0 = 1.0", "1.0 < 1.0.0", "1.001 = 1.1",
	"3.0.2-0ubuntu1.9 < 3.0.2-0ubuntu1.10", "2.36-9+deb12u9 < 2.36-9+deb12u10", "0.99 < 1", "9 < 10", "1.0 < 1.0-1", "1.0-1 < 1.0-1+b1",
	"1:0.9 > 2.0", "7.88.1-10+deb12u5 < 7.88.1-10+deb12u12", "1.2.3~beta < 1.2.3", "1a < 1b", "99999999999999999999999 > 9",
}

func TestCompareDpkg(t *testing.T) {
	t.Parallel()
	for _, pair := range dpkgPairs {
		f := strings.Fields(pair)
		got := sign(cutRelease(f[0]).compare(full(cutRelease(f[2])), compareDpkg))
		if got != f[1] {
			t.Errorf("%s: %s", pair, got)
		}
	}
}

// full asks for epoch and release, even if they are empty.
func full(p releaseParts) releaseParts {
	p.hasEpoch, p.hasRelease = true, true
	return p
}

func sign(c int) string { return [...]string{"<", "=", ">"}[c+1] }

// TestAgainstDpkg holds random versions against the program itself, where there is one.
func TestAgainstDpkg(t *testing.T) {
	t.Parallel()
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		t.Skip("there is no dpkg here")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		a, b := randomVersion(r), randomVersion(r)
		want := ""
		for op, as := range map[string]string{"lt": "<", "eq": "=", "gt": ">"} {
			if exec.CommandContext(t.Context(), dpkg, "--compare-versions", a, op, b).Run() == nil {
				want = as
			}
		}
		if got := sign(cutRelease(a).compare(full(cutRelease(b)), compareDpkg)); got != want {
			t.Errorf("%s %s %s, but dpkg says %s", a, got, b, want)
		}
	}
}

// randomVersion gives a version such that two are often alike.
func randomVersion(r *rand.Rand) string {
	version := "1"
	for range r.IntN(4) {
		version += [...]string{".", "~", "+", "a", "rc"}[r.IntN(5)] + [...]string{"0", "1", "2", "09", "10", ""}[r.IntN(6)]
	}
	if r.IntN(2) == 0 {
		version += "-" + [...]string{"1", "2", "10", "1ubuntu1", "1~bpo"}[r.IntN(5)]
	}
	if r.IntN(8) == 0 {
		version = "1:" + version
	}
	return version
}

func TestCompareRPM(t *testing.T) {
	t.Parallel()
	for _, pair := range []string{
		"1.0 < 1.1", "1.9 < 1.10", "1.0~rc1 < 1.0", "1.0 < 1.0^git1", "1.0^git1 < 1.0.1", "1.0 < 1.0.1", "1.0a > 1.0", "1.0a < 1.0.1",
		"2_0 = 2.0", "1.05 = 1.5", "5.5p1 < 5.5p10", "xyz10 < xyz10.1", "10xyz < 10.1xyz", "27.el9 < 27.el9_1.1", "1.0~rc1^a > 1.0~rc1",
		"6.0.rc1 > 6.0", "a < b", "a < 1", "1..0 = 1.0", "fc4 = fc.4", "20101121 = 20101121", "1.0^ > 1.0", "1.0^git1 > 1.0^", "~ < x",
	} {
		f := strings.Fields(pair)
		if got := sign(compareRPM(f[0], f[2])); got != f[1] {
			t.Errorf("%s: %s", pair, got)
		}
	}
}

func TestMatchEntryByRelease(t *testing.T) {
	t.Parallel()
	deb := func(version string) muster.Entry {
		return muster.NewEntry([]muster.Field{{Name: "Version", Value: version}, {Name: "PackageId", Value: "openssl_" + version + "_amd64.deb"}})
	}
	rpm := func(epoch, version, release string) muster.Entry {
		fields := []muster.Field{{Name: "Version", Value: version}, {Name: "Release", Value: release}}
		if epoch != "" {
			fields = append(fields, muster.Field{Name: "Epoch", Value: epoch})
		}
		return muster.NewEntry(fields)
	}
	bare := func(version string) muster.Entry {
		return muster.NewEntry([]muster.Field{{Name: "Version", Value: version}})
	}
	for _, c := range []struct {
		what  string
		entry muster.Entry
		value string
		want  string
	}{
		{"a release of what is asked for", deb("3.0.7-1ubuntu2"), "3.0.7", "="},
		{"a pre-release", deb("3.0.7~rc1-1"), "3.0.7", "<"},
		{"an epoch that is not asked for", deb("1:2.0-1"), "3.0", "<"},
		{"an epoch that is", deb("1:2.0-1"), "0:3.0", ">"},
		{"a revision", deb("3.0.2-0ubuntu1.9"), "3.0.2-0ubuntu1.10", "<"},
		{"rpm without epoch", rpm("1", "3.0.2", "5.el9"), "3.0.7", "<"},
		{"rpm with epoch", rpm("1", "3.0.2", "5.el9"), "3.0.7-1", "<"},
		{"rpm's epoch", rpm("1", "3.0.2", "5.el9"), "0:3.0.7", ">"},
		{"no epoch is 0", rpm("", "3.0.7", "5.el9"), "0:3.0.7", "="},
		{"rpm's release", rpm("", "3.0.7", "27.el9"), "3.0.7-27.el9_1.1", "<"},
		{"a letter is newer for rpm", rpm("", "1.0a", "1"), "1.0", ">"},
		{"unmarked digits", bare("1.10"), "1.9", ">"},
		{"unmarked digits, a part missing", bare("1.0"), "1", "="},
		{"unmarked, as Alpine has them", bare("1.10.0-r0"), "1.9.9", ">"},
		{"unmarked words", bare("Bookworm"), "bullseye", "<"},
		{"a word and a number", bare("unknown"), "3.0", ">"},
		{"nothing", bare(""), "3.0", "="},
	} {
		got := "="
		for as, op := range map[string]Op{"<": LessThan, ">": GreaterThan} {
			if (Term{Attr: Attr{Type: "AWS:Application", Name: "Version"}, Op: op, Values: []string{"", c.value}}).MatchEntry(c.entry) {
				got = as
			}
		}
		if got != c.want {
			t.Errorf("%s: %v %s %s, want %s", c.what, c.entry, got, c.value, c.want)
		}
	}
}

// TestMatchVersion: what is sure of a version is true of whatever release has it.
func TestMatchVersion(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	sure := 0
	const times = 20_000
	for range times {
		term := Term{Attr: Attr{Type: "AWS:Application", Name: "Version"}, Op: LessThan, Values: []string{randomVersion(r), randomVersion(r)}[:1+r.IntN(2)]}
		if r.IntN(2) == 0 {
			term.Op = GreaterThan
		}
		release := Release{Version: randomVersion(r)}
		match, ok := term.Matcher().MatchVersion(release.Version)
		if !ok {
			continue
		}
		sure++
		release.Release = [...]string{"", "1", "10.el9"}[r.IntN(3)]
		release.Epoch = [...]string{"", "0", "1"}[r.IntN(3)]
		release.PackageID = [...]string{"", "x.deb", "x.rpm"}[r.IntN(3)]
		if got := term.Matcher().MatchRelease(release); got != match {
			t.Fatalf("%v of %+v is %t, and was said to be %t", term, release, got, match)
		}
	}
	if sure < times/4 {
		t.Errorf("only %d of %d are sure", sure, times)
	}
}

// FuzzOrders: each order is one, whatever is compared.
func FuzzOrders(f *testing.F) {
	f.Add("1.0~rc1", "1.0", "1.0^git")
	f.Add("", "~", "a1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		for i, order := range []order{compareDpkg, compareRPM} {
			what := []string{"dpkg", "rpm"}[i]
			if order(a, b) != -order(b, a) || order(a, a) != 0 {
				t.Errorf("%s: %q and %q", what, a, b)
			}
			if order(a, b) <= 0 && order(b, c) <= 0 && order(a, c) > 0 {
				t.Errorf("%s: %q, %q, %q", what, a, b, c)
			}
			if x := order(a, b); x != cmp.Compare(x, 0) {
				t.Errorf("%s: %d is no sign", what, x)
			}
		}
	})
}
