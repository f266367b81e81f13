package volatile

import (
	"hash/maphash"
	"slices"

	"muster"
)

const (
	// fewRows is the part of the entries that distinct rows may be: above it, something in the rows is volatile.
	fewRows = 0.05

	// hardlyRepeats is the part of the distinct rows that the values of an attribute have to be for it to be out of place in a row.
	hardlyRepeats = 0.5

	// worthwhile is by how much an attribute has to multiply the number of distinct rows to be kept out of them.
	worthwhile = 1.2

	// telling is by how much it has to do so if its values do repeat: among the packages of machines that were built from a few
	// images even the times of installation repeat.
	telling = 2
)

// Learn gives the attributes, sorted, that are volatile in a sample of entries: all entries of many nodes. With them in the rows of
// a dictionary, it would grow with the nodes.
func Learn(sample []muster.Entry) []string {
	t := newTrial(sample)
	all := t.rowsWithout(nil)
	if float64(all) <= fewRows*float64(len(sample)) {
		return nil
	}
	var out []string
	for a, values := range t.distinct {
		if float64(values) >= hardlyRepeats*float64(all) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	out = t.giveBack(out)
	for {
		rows := t.rowsWithout(out)
		if float64(rows) <= fewRows*float64(len(sample)) {
			return out
		}
		best, fewest := "", rows
		for a := range t.distinct {
			if slices.Contains(out, a) {
				continue
			}
			if n := t.rowsWithout(append(slices.Clip(out), a)); n < fewest || n == fewest && a < best {
				best, fewest = a, n
			}
		}
		if best == "" || telling*fewest > rows {
			return out
		}
		out = append(out, best)
		slices.Sort(out)
	}
}

// trial counts rows with and without attributes.
type trial struct {
	entries  []muster.Entry
	seed     maphash.Seed
	distinct map[string]int // values of an attribute
}

func newTrial(entries []muster.Entry) *trial {
	values := map[muster.Field]struct{}{}
	distinct := map[string]int{}
	for _, e := range entries {
		for _, f := range e {
			if _, seen := values[f]; !seen {
				values[f] = struct{}{}
				distinct[f.Name]++
			}
		}
	}
	return &trial{entries, maphash.MakeSeed(), distinct}
}

// giveBack leaves out of the volatile attributes those that hardly add rows, since others vary just as they do.
func (t *trial) giveBack(out []string) []string {
	rows := t.rowsWithout(out)
	for _, a := range slices.Clone(out) {
		fewer := slices.DeleteFunc(slices.Clone(out), func(o string) bool { return o == a })
		if n := t.rowsWithout(fewer); float64(n) < worthwhile*float64(rows) {
			out, rows = fewer, n
		}
	}
	return out
}

// rowsWithout counts the entries that differ in anything but the attributes.
func (t *trial) rowsWithout(attributes []string) int {
	seen := make(map[uint64]struct{}, len(t.entries))
	for _, e := range t.entries {
		var h maphash.Hash
		h.SetSeed(t.seed)
		for _, f := range e {
			if !slices.Contains(attributes, f.Name) {
				h.WriteString(f.Name)
				h.WriteByte(0xff) // in no UTF-8 text
				h.WriteString(f.Value)
				h.WriteByte(0xff)
			}
		}
		seen[h.Sum64()] = struct{}{}
	}
	return len(seen)
}
