package sim

import (
	"slices"
	"strings"

	"muster"
	"muster/internal/ssmapi"
)

// tally counts nodes from their reports.
type tally struct {
	applications map[string]*count
	platforms    map[string]int
	groups       [len(questions)]int // that match
}

// count is of nodes; last is the one that was counted last, since a node may have one name twice.
type count struct{ n, last int }

func newTally() *tally {
	return &tally{applications: map[string]*count{}, platforms: map[string]int{}}
}

// facts are what a tally wants to know of a report.
type facts struct {
	applications []string
	platform     string
	groups       [len(questions)]bool
}

func factsOf(items []ssmapi.InventoryItem) *facts {
	var f facts
	for _, it := range items {
		switch *it.TypeName {
		case application.name:
			f.applications = make([]string, len(it.Content))
			for n, e := range it.Content {
				f.applications[n], _ = e.Get("Name")
			}
		case instanceInformation.name:
			f.platform, _ = it.Content[0].Get("PlatformType")
		}
	}
	for n, q := range questions {
		f.groups[n] = q.matches(items)
	}
	return &f
}

// add counts the i-th node.
func (t *tally) add(i int, f *facts) {
	for _, name := range f.applications {
		c := t.applications[name]
		if c == nil {
			c = &count{last: -1}
			t.applications[name] = c
		}
		if c.last != i {
			c.n, c.last = c.n+1, i
		}
	}
	t.platforms[f.platform]++
	for n, matches := range f.groups {
		if matches {
			t.groups[n]++
		}
	}
}

// names gives the number of nodes by application.
func (t *tally) names() map[string]int {
	names := make(map[string]int, len(t.applications))
	for name, c := range t.applications {
		names[name] = c.n
	}
	return names
}

// groupQuestion is a group that the server is asked to count. All filters on one type have to hold in one entry.
type groupQuestion struct {
	name    string
	filters []filter
}

type filter struct {
	typ              muster.TypeName
	attribute, value string
}

// questions need one type, two types, and two attributes of one entry.
var questions = [...]groupQuestion{
	{"with-openssl", []filter{{"AWS:Application", "Name", "openssl"}}},
	{"linux-with-openssl-for-x86", []filter{
		{"AWS:InstanceInformation", "PlatformType", "Linux"}, {"AWS:Application", "Name", "openssl"}, {"AWS:Application", "Architecture", "x86_64"},
	}},
	{"ssh-does-not-run", []filter{{"AWS:Service", "Name", "sshd"}, {"AWS:Service", "Status", "Stopped"}}},
	{"weekend-patches", []filter{{"AWS:PatchSummary", "PatchGroup", "weekend"}}},
}

func (q groupQuestion) matches(items []ssmapi.InventoryItem) bool {
	for _, f := range q.filters {
		found := slices.ContainsFunc(items, func(it ssmapi.InventoryItem) bool {
			return *it.TypeName == f.typ && slices.ContainsFunc(it.Content, func(e muster.Entry) bool { return q.holds(f.typ, e) })
		})
		if !found {
			return false
		}
	}
	return true
}

// holds says whether the entry passes all filters on its type.
func (q groupQuestion) holds(t muster.TypeName, e muster.Entry) bool {
	for _, f := range q.filters {
		if value, _ := e.Get(f.attribute); f.typ == t && !strings.EqualFold(value, f.value) {
			return false
		}
	}
	return true
}
