package index

import (
	"slices"
	"testing"

	"muster"
)

func TestItemRows(t *testing.T) {
	t.Parallel()
	x := New()
	first, second := muster.Entry{{Name: "Id", Value: "1"}}, muster.Entry{{Name: "Id", Value: "2"}}
	b := x.Begin()
	b.Define([]muster.Row{{Type: muster.TypeComplianceItem, ID: 1, Entry: first}, {Type: muster.TypeComplianceItem, ID: 200, Entry: second}})
	rows := []muster.RowID{200, 1, 200}
	key := muster.ItemKey{Node: nodeID(1), Type: muster.TypeComplianceItem, SubType: "Patch"}
	b.Put(key, 7, &muster.Item{Context: muster.Entry{{Name: "ComplianceType", Value: "Patch"}}, Content: &muster.Content{Rows: rows}})
	b.Publish(7)
	b = x.Begin()
	b.Put(key, 8, &muster.Item{Context: muster.Entry{{Name: "ComplianceType", Value: "Patch"}}}) // by its hash
	b.Publish(8)

	s := x.Snapshot()
	held := s.ItemRows(key.Node, key.Type, key.SubType)
	if got := held.Rows(); held.At != 8 || !slices.Equal(got, rows) || !held.Entry(200).Equal(second) {
		t.Errorf("at %d it has the rows %v, of which 200 is %v", held.At, got, held.Entry(200))
	}
	for _, c := range []struct {
		rows []muster.RowID
		are  bool
	}{{rows, true}, {[]muster.RowID{200, 1}, false}, {[]muster.RowID{1, 200, 200}, false}, {append(rows, 1), false}, {nil, false}} {
		if held.Are(c.rows) != c.are {
			t.Errorf("that the rows are %v is %v", c.rows, !c.are)
		}
	}
	for _, none := range []ItemRows{s.ItemRows(nodeID(2), key.Type, "Patch"), s.ItemRows(key.Node, application, ""), s.ItemRows(key.Node, key.Type, "")} {
		if none.At != 0 || len(none.Rows()) > 0 {
			t.Errorf("an item that is not there has the rows %v at %d", none.Rows(), none.At)
		}
	}
}
