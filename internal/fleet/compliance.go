package fleet

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"muster"
	"muster/internal/index"
	"muster/internal/store"
)

// The words of compliance that are counted.
const (
	Compliant    = "COMPLIANT"
	NonCompliant = "NON_COMPLIANT"
)

// severities are AWS's, the highest first, as the attributes of AWS:ComplianceSummary spell them.
var severities = [...]string{"Critical", "High", "Medium", "Low", "Informational", "Unspecified"}

// Severities is a number of items, or of nodes, for each severity, the highest first.
type Severities [len(severities)]int

// Total is how many there are.
func (s Severities) Total() int {
	total := 0
	for _, n := range s {
		total += n
	}
	return total
}

// highest is the first severity that there is any of, and the last if there is none.
func (s Severities) highest() string {
	for i, n := range s {
		if n > 0 {
			return strings.ToUpper(severities[i])
		}
	}
	return strings.ToUpper(severities[len(severities)-1])
}

// SeverityIndex is the place of a severity in Severities; an unknown word is unspecified.
func SeverityIndex(severity string) int {
	for i, s := range severities {
		if strings.EqualFold(s, severity) {
			return i
		}
	}
	return len(severities) - 1
}

// CountSeverities reads the counts of an entry of AWS:ComplianceSummary.
func CountSeverities(e muster.Entry, status string) Severities {
	var s Severities
	for i := range s {
		text, _ := e.Get(countName(status, i))
		s[i], _ = strconv.Atoi(text) // nothing is zero
	}
	return s
}

func countName(status string, severity int) string {
	if status == NonCompliant {
		return "NonCompliant" + severities[severity] + "Count"
	}
	return "Compliant" + severities[severity] + "Count"
}

// summarize gives the entry of AWS:ComplianceSummary that goes with the content of an AWS:ComplianceItem. One non-compliant item
// makes the node so, and then its severity is that of the worst of those. An item with another status, as Patch Manager has for
// patches that do not apply, does not count.
func summarize(content []muster.Entry) muster.Entry {
	counts := map[string]*Severities{Compliant: {}, NonCompliant: {}}
	var fields []muster.Field
	for _, e := range content {
		status, _ := e.Get("Status")
		severity, _ := e.Get("Severity")
		if of := counts[status]; of != nil {
			of[SeverityIndex(severity)]++
		}
		for _, name := range []string{"PatchGroup", "PatchBaselineId"} {
			if value, ok := e.Get(name); ok && !slices.ContainsFunc(fields, func(f muster.Field) bool { return f.Name == name }) {
				fields = append(fields, muster.Field{Name: name, Value: value})
			}
		}
	}
	status := Compliant
	if counts[NonCompliant].Total() > 0 {
		status = NonCompliant
	}
	fields = append(fields, muster.Field{Name: "Status", Value: status}, muster.Field{Name: "OverallSeverity", Value: counts[status].highest()})
	for s, of := range counts {
		for i, n := range of {
			fields = append(fields, muster.Field{Name: countName(s, i), Value: strconv.Itoa(n)})
		}
	}
	return muster.NewEntry(fields)
}

// summary is what AWS:ComplianceSummary is to say of an AWS:ComplianceItem that is put: it is stored together with it.
type summary struct {
	key     muster.ItemKey
	content *muster.Content // nil where the item comes by its hash alone
}

func (c *putCall) summary(x *index.Index, it *PutItem) *summary {
	s := &summary{key: muster.ItemKey{Space: c.space, Node: c.put.Node, Type: muster.TypeComplianceSummary, SubType: it.subType()}}
	if !it.HashOnly {
		of := PutItem{Type: s.key.Type, Content: []muster.Entry{summarize(it.Content)}}
		s.content = of.content(x)
	}
	return s
}

// change goes with that of the item: where that keeps its content, the summary keeps its own.
func (s *summary) change(v store.View, item *muster.Item) []muster.Change {
	after := *item
	after.Version, after.Hash, after.Content = "1.0", "", nil
	if item.Content != nil {
		after.Content = s.content
	} else if v.Get(s.key) == nil {
		return nil
	}
	return []muster.Change{{Key: s.key, Value: &after}}
}

// PutCompliance stores the items of one compliance type of a node. With partial those that the node has under other Ids stay, and
// so does the hash.
func (f *Fleet) PutCompliance(ctx context.Context, space muster.Space, node muster.NodeID, it PutItem, partial bool) error {
	content := lastOfEachID(it.Content)
	for {
		put := it
		put.Content = content
		if partial {
			put.Content, put.Base = f.besides(space, node, it.subType(), content)
			if err := f.checkTogether(put.Content); err != nil {
				return err
			}
		}
		if err := f.Put(ctx, space, &Put{Node: node, Items: []PutItem{put}}); !errors.Is(err, errMoved) {
			return err
		}
	}
}

// checkTogether holds items that came in several calls against the limits of one: else a node could add to them for ever.
func (f *Fleet) checkTogether(content []muster.Entry) error {
	limit, size := f.Limits.ComplianceBytes, 0
	for _, e := range content {
		for _, field := range e {
			size += len(field.Name) + len(field.Value)
		}
	}
	if limit > 0 && int64(size) > limit || len(content) > muster.MaxEntries {
		return muster.ErrComplianceSize(limit)
	}
	return nil
}

// besides gives the stored entries with other Ids, and behind them the new ones, and when what is stored was.
func (f *Fleet) besides(space muster.Space, node muster.NodeID, subType string, content []muster.Entry) ([]muster.Entry, *muster.Position) {
	var all []muster.Entry
	var at muster.Position
	for _, item := range f.Snapshot(space).Items(node, muster.TypeComplianceItem) {
		if item.SubType != subType {
			continue
		}
		at = item.At
		for _, e := range item.Entries(0, item.Len()) {
			all = append(all, e)
		}
	}
	return lastOfEachID(append(all, content...)), &at
}

// lastOfEachID leaves out entries whose Id comes again (X14). An entry without Id is nobody's double.
func lastOfEachID(entries []muster.Entry) []muster.Entry {
	last := map[string]int{}
	for i, e := range entries {
		if id, ok := e.Get("Id"); ok {
			last[id] = i
		}
	}
	kept := make([]muster.Entry, 0, len(entries))
	for i, e := range entries {
		if id, ok := e.Get("Id"); !ok || last[id] == i {
			kept = append(kept, e)
		}
	}
	return kept
}
