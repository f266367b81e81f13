package main

import (
	"fmt"
	"strings"
	"testing"

	"muster"
)

func TestSparseRows(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	r, err := newRows(&b, "table", "A", "B", "C")
	if err != nil {
		t.Fatal(err)
	}
	r.sparse = true
	if err := r.add(muster.Field{Name: "A", Value: "1"}, muster.Field{Name: "C", Value: "3"}); err != nil {
		t.Fatal(err)
	}
	if err := r.close(); err != nil || b.String() != "A  C\n1  3\n" {
		t.Errorf("%v\n%s", err, &b)
	}
}

// TestRowsStream lets a table be longer than what tells its widths: rows come out before the end, and a longer cell moves only
// its own row.
func TestRowsStream(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	r, err := newRows(&b, "table", "A", "B")
	if err != nil {
		t.Fatal(err)
	}
	for i := range tableRows {
		if err := r.add(muster.Field{Name: "A", Value: fmt.Sprint(i)}, muster.Field{Name: "B", Value: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.add(muster.Field{Name: "B", Value: "only\tB"}, muster.Field{Name: "A", Value: "longer"}); err != nil {
		t.Fatal(err)
	}
	if r.waiting != nil {
		t.Error("rows wait although the widths are known")
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.HasPrefix(text, "A   B\n0   x\n") || !strings.HasSuffix(text, "49  x\nlonger  only\ufffdB\n") {
		t.Error(text)
	}
}
