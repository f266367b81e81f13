package index

import (
	"fmt"
	"math/rand/v2"

	"muster"
	"muster/internal/query"
)

// kind is what an operation does.
type kind int

const (
	put kind = iota
	touch
	drop
	forget
	describe
	publish
)

// op is one operation on the index and the model.
type op struct {
	kind    kind
	node    muster.NodeID
	key     modelKey
	context muster.Entry
	entries []muster.Entry
}

func (o op) String() string {
	return fmt.Sprintf("%s %s %s %s %v %v", [...]string{"put", "touch", "drop", "forget", "describe", "publish"}[o.kind],
		o.node, o.key.typ, o.key.subType, o.context, o.entries)
}

func randomOps(r *rand.Rand, n int) []op {
	var ops []op
	for range n {
		o := op{kind: []kind{put, put, put, put, touch, drop, forget, describe, describe, publish, publish}[r.IntN(11)]}
		o.node = muster.NodeID(fmt.Sprint("i-", r.IntN(12)))
		o.key.typ = types[r.IntN(len(types)-1)+1]
		if o.kind == describe {
			o.key.typ = types[0]
			o.entries = []muster.Entry{randomEntry(r, types[0])}
		}
		if o.key.typ == muster.TypeComplianceItem {
			o.key.subType = pick(r, "Patch", "Association", "Custom:x")
			if r.IntN(4) > 0 {
				o.context = muster.NewEntry([]muster.Field{{Name: "ComplianceType", Value: o.key.subType}, {Name: "Severity", Value: pick(r, "high", "LOW")}}[:1+r.IntN(2)])
			}
		}
		if o.kind == put {
			for range r.IntN(6) {
				o.entries = append(o.entries, randomEntry(r, o.key.typ))
			}
			if len(o.entries) > 0 && r.IntN(3) == 0 {
				o.entries = append(o.entries, o.entries[0])
			}
		}
		ops = append(ops, o)
	}
	return append(ops, op{kind: publish})
}

// splits is how the types are parted: an attribute can be in rows and outside at the same time.
var splits = muster.Splits{Versions: [][]string{{"Version"}, {"Name", "Status"}}}

// types are those of random fleets; the first is the described one, the last nobody ever holds.
var types = []muster.TypeName{muster.TypeInstanceInformation, "AWS:Application", "AWS:Service", muster.TypeComplianceItem, "Custom:Rack", "AWS:Network"}

var attributes = map[muster.TypeName][]string{
	muster.TypeInstanceInformation: {"PlatformType", "PlatformVersion", "InstanceStatus"},
	"AWS:Application":              {"Name", "Version", "Publisher", "Release", "Epoch", "PackageId"},
	"AWS:Service":                  {"Name", "Status"},
	muster.TypeComplianceItem:      {"Id", "Severity", "ComplianceType"},
	"Custom:Rack":                  {"Name"},
	"AWS:Network":                  {"Name"},
}

func randomEntry(r *rand.Rand, typ muster.TypeName) muster.Entry {
	var fields []muster.Field
	for _, name := range attributes[typ] {
		if texts := releaseMarks(name); len(texts) > 0 {
			if r.IntN(2) == 0 {
				fields = append(fields, muster.Field{Name: name, Value: pick(r, texts...)})
			}
			continue
		}
		if (name == "Publisher") == (r.IntN(5) == 0) && name != "ComplianceType" {
			fields = append(fields, muster.Field{Name: name, Value: randomValue(r)})
		}
	}
	return muster.NewEntry(fields)
}

// releaseMarks gives what entries have under the attributes that tell a release besides the version; nothing for others.
func releaseMarks(attribute string) []string {
	switch attribute {
	case query.AttrRelease:
		return []string{"", "1.el9", "10.el9"}
	case query.AttrEpoch:
		return []string{"0", "1"}
	case query.AttrPackageID:
		return []string{"a.deb", "a.src.rpm", ""}
	}
	return nil
}

func randomValue(r *rand.Rand) string {
	return pick(r, "bash", "Bash", "BASH", "zsh", "Zsh", "bash-doc", "", "9", "10", "1.9.1", "1.10.1", "1.9~rc1-2", "1:1.9.1-10.el9", "high", "Patch", "\u212Aelvin", "kelvin", "İ", "straße")
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func randomWhere(r *rand.Rand) query.Where {
	var where query.Where
	for range r.IntN(3) {
		c := query.Clause{Not: r.IntN(4) == 0}
		if r.IntN(5) == 0 {
			c.Holds = []muster.TypeName{pick(r, types...), pick(r, types...)}[:1+r.IntN(2)]
		} else {
			c.Type = pick(r, types...)
			for range r.IntN(4) {
				c.Terms = append(c.Terms, randomTerm(r, c.Type))
			}
		}
		where = append(where, c)
	}
	var terms []query.Term
	for range r.IntN(3) {
		terms = append(terms, randomTerm(r, pick(r, types...)))
	}
	return append(where, query.Compile(terms)...)
}

func randomTerm(r *rand.Rand, typ muster.TypeName) query.Term {
	values := []string{randomValue(r), randomValue(r), "b"}
	r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	return query.Term{
		Attr:   query.Attr{Type: typ, Name: pick(r, append(attributes[typ], "Nowhere")...)},
		Op:     pick(r, query.Equal, query.Equal, query.NotEqual, query.BeginWith, query.LessThan, query.GreaterThan, query.Exists),
		Values: values[:1+r.IntN(2)],
	}
}

func randomAggregation(r *rand.Rand, depth int) query.Aggregation {
	if r.IntN(5) == 0 {
		return query.Aggregation{Groups: []query.Group{{Name: "a", Where: randomWhere(r)}, {Name: "b", Where: randomWhere(r)}}}
	}
	typ := pick(r, types...)
	a := query.Aggregation{By: query.Attr{Type: typ, Name: pick(r, append(attributes[typ], "Nowhere")...)}}
	if r.IntN(8) > 0 {
		a.By.Name = pick(r, attributes[typ]...)
	}
	if depth < 3 {
		for range r.IntN(3) {
			a.Inner = append(a.Inner, randomAggregation(r, depth+1))
		}
	}
	return a
}
