package transfer

import (
	"slices"

	"muster"
	"muster/internal/store/codec"
)

// typeOf names a dictionary.
type typeOf struct {
	space muster.Space
	name  muster.TypeName
}

// dictionary is the rows that a Load has given so far.
type dictionary map[typeOf]map[muster.RowID]row

// row is an entry with its sum, by which an item is told from others: most entries are those of many nodes, and are long.
type row struct {
	entry muster.Entry
	sum   sum
	there muster.RowID // its number in the target, 0 as long as that has not been told
}

func (d dictionary) add(rows []muster.Row) {
	var text []byte
	for _, r := range rows {
		t := typeOf{r.Space, r.Type}
		if d[t] == nil {
			d[t] = map[muster.RowID]row{}
		}
		text = codec.AppendEntry(text[:0], r.Entry)
		d[t][r.ID] = row{entry: slices.Clone(r.Entry), sum: sumOf(text)}
	}
}

func (d dictionary) of(key muster.Key) map[muster.RowID]row {
	item := key.(muster.ItemKey)
	return d[typeOf{item.Space, item.Type}]
}

// owned is a change that shares nothing with what the Load has lent.
type owned struct {
	muster.Change
	fresh []muster.RowID // the source's numbers of the rows that the target is to number
}

// own gives the change as the target takes it: the rows of an item by the numbers that they have there, or else by their entries.
func (d dictionary) own(c muster.Change) owned {
	lent, ok := c.Value.(*muster.Item)
	if !ok {
		return owned{Change: c}
	}
	rows, item := d.of(c.Key), *lent
	content := &muster.Content{Rows: make([]muster.RowID, len(lent.Content.Rows)), Split: lent.Content.Split, Volatile: slices.Clone(lent.Content.Volatile)}
	item.Content, c.Value = content, &item
	var fresh []muster.RowID
	for at, id := range lent.Content.Rows {
		r := rows[id]
		if content.Rows[at] = r.there; r.there == 0 {
			fresh = append(fresh, id)
			content.Fresh = append(content.Fresh, muster.FreshRow{At: at, Entry: r.entry})
		}
	}
	return owned{c, fresh}
}

// weight grows with the work that the change is for the target, to which an entry is several times that of a number.
func (o owned) weight() int {
	weight := 8 + 4*len(o.fresh)
	if item, ok := o.Value.(*muster.Item); ok {
		weight += len(item.Content.Rows)
	}
	return weight
}

// learn notes the numbers that the target has given, so that an entry is looked up there once and not for each item that has it.
func (d dictionary) learn(asked owned, made muster.Change) {
	if len(asked.fresh) == 0 || asked.Key != made.Key { // a target that has lost one is told from the source at the end
		return
	}
	rows, given := d.of(made.Key), made.Value.(*muster.Item).Content.Rows
	for i, f := range asked.Value.(*muster.Item).Content.Fresh {
		r := rows[asked.fresh[i]]
		r.there = given[f.At]
		rows[asked.fresh[i]] = r
	}
}
