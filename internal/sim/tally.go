package sim

import (
	"slices"
	"strings"

	"muster"
	"muster/internal/ssmapi"
)

// tally counts nodes from their reports.
type tally struct {
	applications map[string]count
	platforms    map[string]int
	groups       []int // that match each of questions
}

// count is of nodes; last is the one that was counted last, plus 1, since a node may have one name twice.
type count struct{ n, last int }

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

func (t *tally) add(i int, items []ssmapi.InventoryItem) {
	for _, it := range items {
		switch *it.TypeName {
		case application.name:
			for _, e := range it.Content {
				name, _ := e.Get("Name")
				if c := t.applications[name]; c.last != i+1 {
					t.applications[name] = count{c.n + 1, i + 1}
				}
			}
		case instanceInformation.name:
			platform, _ := it.Content[0].Get("PlatformType")
			t.platforms[platform]++
		}
	}
	for n, q := range questions {
		if q.matches(items) {
			t.groups[n]++
		}
	}
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
