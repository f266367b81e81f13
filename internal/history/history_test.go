package history

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"muster"
)

func entry(pairs ...string) muster.Entry {
	fields := []muster.Field{}
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, muster.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return muster.NewEntry(fields)
}

func (c Change) String() string {
	text := fmt.Sprintf("+%d -%d ~%d", c.Added, c.Removed, c.Changed)
	for _, r := range c.Rows {
		text += fmt.Sprintf(" [%v > %v]", r.Before, r.After)
	}
	return text
}

func TestCompare(t *testing.T) {
	t.Parallel()
	all := func(entries ...muster.Entry) []muster.Entry { return entries }
	for _, c := range []struct {
		name       string
		went, came []muster.Entry
		want       string
	}{
		{"nothing", nil, nil, "+0 -0 ~0"},
		{"the same", all(entry("Name", "a"), entry("Name", "b")), all(entry("Name", "b"), entry("Name", "a")), "+0 -0 ~0"},
		{"another version", all(entry("Name", "a", "Version", "1")), all(entry("Name", "a", "Version", "2")),
			"+0 -0 ~1 [[{Name a} {Version 1}] > [{Name a} {Version 2}]]"},
		{"another thing", all(entry("Name", "b")), all(entry("Name", "a")), "+1 -1 ~0 [[] > [{Name a}]] [[{Name b}] > []]"},
		{"two of one name", all(entry("Name", "a", "Version", "1")), all(entry("Name", "a", "Version", "2"), entry("Name", "a", "Version", "3")),
			"+2 -1 ~0 [[{Name a} {Version 1}] > []] [[] > [{Name a} {Version 2}]] [[] > [{Name a} {Version 3}]]"},
		{"of two architectures", all(entry("Name", "a", "Architecture", "x", "V", "1"), entry("Name", "a", "Architecture", "y", "V", "1")),
			all(entry("Name", "a", "Architecture", "y", "V", "2"), entry("Name", "a", "Architecture", "x", "V", "2")),
			"+0 -0 ~2 [[{Architecture x} {Name a} {V 1}] > [{Architecture x} {Name a} {V 2}]] [[{Architecture y} {Name a} {V 1}] > [{Architecture y} {Name a} {V 2}]]"},
		{"an entry without a name", all(entry("Row", "A")), all(entry("Row", "B")), "+0 -0 ~1 [[{Row A}] > [{Row B}]]"},
		{"one more of the same", nil, all(entry("Name", "a")), "+1 -0 ~0 [[] > [{Name a}]]"},
		{"one of two alike", all(entry("Name", "a"), entry("Name", "a")), all(entry("Name", "a")), "+0 -1 ~0 [[{Name a}] > []]"},
		{"an entry without attributes", all(nil), nil, "+0 -1 ~0 [[] > []]"},
	} {
		got, differs := Compare(c.went, c.came)
		if got.String() != c.want || differs != (got.Added+got.Removed+got.Changed > 0) {
			t.Errorf("%s: %v, %v, want %s", c.name, got, differs, c.want)
		}
		unpacked, err := Unpack(Add(nil, Pack(got)))
		if err != nil || len(unpacked) != 1 || !reflect.DeepEqual(unpacked[0].Rows, got.Rows) {
			t.Errorf("%s: packed it is %v, %v", c.name, unpacked, err)
		}
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row               Row
		thing, difference string
	}{
		{Row{entry("Name", "a", "Version", "1", "Same", "x", "Lost", "y"), entry("Name", "a", "Version", "2", "Same", "x", "New", "")},
			"[{Name a}]", "[{Version 1 2} {Lost y }]"},
		{Row{After: entry("Architecture", "x", "Id", "7", "Name", "a", "Version", "2")}, "[{Name a} {Id 7} {Architecture x}]", "[{Version  2}]"},
		{Row{Before: entry("Row", "C")}, "[]", "[{Row C }]"},
		{Row{Before: entry(), After: entry()}, "[]", "[]"},
	} {
		if thing, difference := fmt.Sprint(c.row.Thing()), fmt.Sprint(c.row.Differences()); thing != c.thing || difference != c.difference {
			t.Errorf("%v is about %s and differs in %s, want %s and %s", c.row, thing, difference, c.thing, c.difference)
		}
	}
}

// TestBackwards undoes random changes: what came is taken away from the entries that are there now, and what went is put back.
func TestBackwards(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	random := func() []muster.Entry {
		entries := make([]muster.Entry, r.IntN(MaxRows/2))
		for i := range entries {
			entries[i] = entry("Name", fmt.Sprint(r.IntN(8)), "Version", fmt.Sprint(r.IntN(3)))
			if r.IntN(5) == 0 {
				entries[i] = entries[i].Without("Version").With("Note", "")
			}
		}
		slices.SortFunc(entries, muster.Entry.Compare)
		return entries
	}
	for range 2000 {
		var packed []byte
		contents := [][]muster.Entry{random()}
		for range MaxChanges {
			before, after := contents[len(contents)-1], random()
			c, differs := Compare(before, after)
			if !differs {
				continue
			}
			packed, contents = Add(packed, Pack(c)), append(contents, after)
		}
		changes, err := Unpack(packed)
		if err != nil || len(changes) != len(contents)-1 {
			t.Fatalf("%d changes are kept of %d, %v", len(changes), len(contents)-1, err)
		}
		now := slices.Clone(contents[len(contents)-1])
		for i, c := range changes {
			if now, err = undo(now, c); err != nil {
				t.Fatal(err)
			}
			if want := contents[len(contents)-2-i]; !reflect.DeepEqual(now, want) && len(now)+len(want) > 0 {
				t.Fatalf("without\n%v\nthere are\n%v\nand were\n%v", c, now, want)
			}
		}
	}
}

func undo(now []muster.Entry, c Change) ([]muster.Entry, error) {
	for _, row := range c.Rows {
		if row.After != nil {
			at := slices.IndexFunc(now, row.After.Equal)
			if at < 0 {
				return nil, fmt.Errorf("%v came and is not there", row.After)
			}
			now = slices.Delete(now, at, at+1)
		}
		if row.Before != nil {
			now = append(now, row.Before)
		}
	}
	slices.SortFunc(now, muster.Entry.Compare)
	return now, nil
}

// TestBounds: whatever is reported, a record has so many bytes at most, keeps its counts, and has the newest change.
func TestBounds(t *testing.T) {
	t.Parallel()
	many := func(n, size int) []muster.Entry {
		entries := make([]muster.Entry, n)
		for i := range entries {
			entries[i] = entry("Name", fmt.Sprintf("%05d", i), "Text", fmt.Sprint(i, strings.Repeat("x", size)))
		}
		return entries
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)
	for _, c := range []struct{ entries, size, kept int }{{1, 10, 1}, {200, 10, MaxRows}, {200, 200, 18}, {3, 3000, 1}, {2, 5000, 0}} {
		var packed []byte
		for n := range 3 * MaxChanges {
			change, _ := Compare(nil, many(c.entries+n, c.size))
			change.Reported, change.Captured = at.Add(time.Duration(n)), "2026-03-01T12:00:00Z"
			packed = Add(packed, Pack(change))
			if len(packed) > MaxBytes {
				t.Fatalf("%d entries of %d bytes: the record has %d", c.entries, c.size, len(packed))
			}
			changes, err := Unpack(packed)
			if err != nil || len(changes) != min(n+1, MaxChanges) {
				t.Fatalf("%d entries of %d bytes: after %d changes there are %d, %v", c.entries, c.size, n+1, len(changes), err)
			}
			for i, kept := range changes {
				if kept.Added != c.entries+n-i || !kept.Reported.Equal(at.Add(time.Duration(n-i))) || kept.Captured == "" {
					t.Fatalf("%d entries of %d bytes: change %d of %d is %v", c.entries, c.size, i, n, kept)
				}
			}
			if n > 2 && c.entries > 1 && c.size > 10 && len(changes[0].Rows) != c.kept {
				t.Fatalf("%d entries of %d bytes: %d are kept", c.entries, c.size, len(changes[0].Rows))
			}
		}
	}
	if changes, err := Unpack(Add([]byte("damaged"), Pack(Change{Unknown: true}))); err != nil || len(changes) != 1 || !changes[0].Unknown {
		t.Errorf("after damage there are %v, %v", changes, err)
	}
}

// FuzzUnpack: bytes from a disk may be anything. What can be read is written as what reads the same.
func FuzzUnpack(f *testing.F) {
	c, _ := Compare([]muster.Entry{entry("Name", "a", "V", "1", "W", ""), entry("Name", "b")}, []muster.Entry{entry("Name", "a", "V", "2"), entry()})
	c.Captured = "2026-03-01T12:00:00Z"
	f.Add(Add(Add(nil, Pack(c)), Pack(Change{Unknown: true})))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 1, 1})
	f.Fuzz(func(t *testing.T, packed []byte) {
		changes, err := Unpack(packed)
		if err != nil {
			return
		}
		var again []byte
		for _, c := range slices.Backward(changes) {
			again = Add(again, Pack(c))
		}
		read, err := Unpack(again)
		if err != nil || len(read) > len(changes) || len(again) > MaxBytes && len(read) > 1 {
			t.Fatalf("packed again, in %d bytes, it is read as %v, %v", len(again), read, err)
		}
		for i, c := range read {
			if c.Added != changes[i].Added || len(c.Rows) > len(changes[i].Rows) {
				t.Fatalf("change %d is %v, and was %v", i, c, changes[i])
			}
		}
	})
}
