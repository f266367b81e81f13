package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"muster"
	"muster/internal/invariant"
	"muster/internal/store"
)

// testModel makes random calls of the store and of store.Memory, which must agree. The seeds are always the same ones, and a
// disagreement is reported as the shortest list of steps that still shows it.
func testModel(t *testing.T, fresh func(t testing.TB) Opener) {
	seeds := uint64(30)
	if invariant.Enabled {
		seeds = 4 // the race detector makes SQLite in Go some twenty times slower
	}
	for seed := range seeds {
		steps := randomSteps(seed)
		err := runSteps(t, fresh, steps)
		if err == nil {
			continue
		}
		steps = shortest(steps, func(steps []step) bool { return runSteps(t, fresh, steps) != nil })
		t.Fatalf("seed %d: %v\nthe shortest steps that fail:\n%s%v", seed, err, describe(steps), runSteps(t, fresh, steps))
	}
}

// step is one call, or something that happens between groups of them. Steps say what they do without reference to earlier
// ones, so that a list with some taken out can still be run.
type step struct {
	kind    stepKind
	key     muster.Key
	want    muster.ContentHash // for stepIfHash: the call is refused unless the item has it
	text    string             // a value that tells one step from another
	version muster.Version
	entries []int // which entries an item has, see entryOf
	more    *step // a second change of the same call
}

type stepKind int

const (
	stepCommit stepKind = iota // the calls so far are a group
	stepReopen
	stepReclaim // rows that no item has are removed, every second one of them
	stepPut
	stepTouch
	stepDelete
	stepIfHash
	stepLook // at what is derived
)

func (s step) String() string {
	name := [...]string{"commit", "reopen", "reclaim", "put", "touch", "delete", "put if hash", "look"}[s.kind]
	if s.kind <= stepReclaim {
		return name
	}
	text := fmt.Sprintf("%s %T%+v %q want %q version %s entries %v", name, s.key, s.key, s.text, s.want, s.version, s.entries)
	if s.more != nil {
		text += "\n\t  and " + s.more.String()
	}
	return text
}

func describe(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "\t%v\n", s)
	}
	return b.String()
}

func randomSteps(seed uint64) []step {
	r := rand.New(rand.NewPCG(seed, 1))
	steps := make([]step, 200)
	for i := range steps {
		switch n := r.IntN(20); {
		case n < 4:
			steps[i] = step{kind: stepCommit}
		case n < 5:
			steps[i] = step{kind: stepReopen}
		case n < 6:
			steps[i] = step{kind: stepReclaim}
		default:
			steps[i] = randomCall(r, i)
			if r.IntN(4) == 0 {
				more := randomCall(r, i+len(steps))
				steps[i].more = &more
			}
		}
	}
	return steps
}

func randomCall(r *rand.Rand, i int) step {
	sp := []muster.Space{space, other}[r.IntN(2)]
	typ := []muster.TypeName{app, custom, muster.TypeComplianceItem}[r.IntN(3)]
	item := muster.ItemKey{Space: sp, Node: muster.NodeID(fmt.Sprint("i-", r.IntN(3))), Type: typ}
	if typ == muster.TypeComplianceItem {
		item.SubType = []string{"", "Patch", "Custom:x"}[r.IntN(3)]
	}
	s := step{
		kind: []stepKind{stepPut, stepPut, stepTouch, stepDelete, stepIfHash, stepLook}[r.IntN(6)], key: item,
		text: fmt.Sprint("h", i%7), want: muster.ContentHash(fmt.Sprint("h", r.IntN(7))), version: []muster.Version{"1.0", "1.9", "1.10"}[r.IntN(3)],
	}
	for range r.IntN(6) {
		s.entries = append(s.entries, r.IntN(12))
	}
	if s.kind != stepPut && s.kind != stepDelete {
		return s
	}
	switch r.IntN(8) {
	case 0:
		s.key = muster.CustomTypeKey{Space: sp, Type: muster.TypeName(fmt.Sprint("Custom:", r.IntN(4)))}
	case 1:
		s.key = muster.SettingKey{Name: fmt.Sprint(r.IntN(2))}
	case 2, 3:
		s.key = muster.NodeKey{Space: sp, Node: item.Node}
	case 4:
		s.key = []muster.Key{
			muster.DeletionKey{Space: sp, ID: "d"}, muster.ClientTokenKey{Space: sp, Token: "t"}, muster.AccessKeyKey{ID: "AKIA"},
			muster.SplitsKey{Space: sp, Type: "AWS:Application"},
			muster.AssociationKey{Space: sp, ID: "a"}, muster.ExecutionKey{Space: sp, Node: item.Node, Association: "a"},
			muster.ActivationKey{Space: sp, ID: "a"},
		}[r.IntN(7)]
	case 5:
		s.key = item.History()
	}
	return s
}

func entryOf(i int) muster.Entry { return entry("Name", fmt.Sprint(i/2), "Version", fmt.Sprint(i%2)) }

// player runs steps on one store. What it sees and gets it notes as lines, which must be those of the model.
type player struct {
	open  func() store.Store
	s     store.Store
	calls []store.Call
	lines []string
	rows  map[string]muster.RowID // what a fleet would know by now
}

// runSteps gives where the store and the model disagree.
func runSteps(t testing.TB, fresh func(t testing.TB) Opener, steps []step) error {
	open := fresh(t)
	tested := &player{open: func() store.Store { return open(t) }, rows: map[string]muster.RowID{}}
	memory := store.NewMemory()
	memory.Close()
	model := &player{open: func() store.Store { memory.Reopen(); return memory }, rows: map[string]muster.RowID{}}
	for _, p := range []*player{tested, model} {
		p.s = p.open()
		defer func() { p.s.Close() }()
	}
	for i, s := range append(steps, step{kind: stepCommit}, step{kind: stepReopen}) {
		for _, p := range []*player{tested, model} {
			p.lines = p.lines[:0]
			if err := p.play(s); err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
		}
		if diff := diffLines(tested.lines, model.lines); diff != "" {
			return fmt.Errorf("step %d, %v:\n%s", i+1, s, diff)
		}
	}
	return nil
}

func (p *player) play(s step) error {
	switch s.kind {
	case stepCommit:
		return p.commit()
	case stepReopen:
		if err := p.s.Close(); err != nil {
			return err
		}
		p.s = p.open()
		st, err := Load(p.s)
		if err != nil {
			return err
		}
		var all []muster.NodeKey
		for n := range 3 {
			all = append(all, nodeKey(muster.NodeID(fmt.Sprint("i-", n))), muster.NodeKey{Space: other, Node: muster.NodeID(fmt.Sprint("i-", n))})
		}
		histories, err := historiesOf(p.s, all...)
		p.lines = slices.Concat(p.lines, st.lines(), histories)
		return err
	case stepReclaim:
		return p.reclaim()
	}
	p.calls = append(p.calls, p.call(s))
	return nil
}

func (p *player) commit() error {
	calls := p.calls
	p.calls = nil
	outcomes, err := p.s.Commit(context.Background(), calls)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		p.note("outcome %d: %v", i, o.Err)
		for _, c := range o.Changes {
			p.note("outcome %d: %s", i, changeLine(c))
		}
		for _, r := range o.Rows {
			p.note("outcome %d: %s", i, rowLine(r))
			p.rows[rowName(r.Space, r.Type, r.Entry)] = r.ID
		}
	}
	return nil
}

// reclaim removes rows in a group of their own, and forgets their numbers, as the fleet does.
func (p *player) reclaim() error {
	if err := p.commit(); err != nil {
		return err
	}
	st, err := Load(p.s)
	if err != nil {
		return err
	}
	var changes []muster.Change
	for i, key := range st.unused() {
		if i%2 == 0 {
			delete(p.rows, rowName(key.Space, key.Type, st.Rows[key]))
			changes = append(changes, muster.Change{Key: key, At: unusedNow})
		}
	}
	p.calls = append(p.calls, makes(changes...))
	return p.commit()
}

func (p *player) note(format string, args ...any) {
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

func rowName(s muster.Space, t muster.TypeName, e muster.Entry) string { return fmt.Sprint(s, t, e) }

// call makes the step a call whose view is noted as it is seen.
func (p *player) call(s step) store.Call {
	parts := []step{s}
	if s.more != nil {
		parts = append(parts, *s.more)
	}
	derived := []muster.Key{
		muster.CustomTypeCountKey{Space: space},
		muster.CensusKey{Space: space, Type: custom},
		muster.SubTypesKey{Space: space, Node: "i-1", Type: muster.TypeComplianceItem},
	}
	var reads []muster.Key
	for _, s := range parts {
		reads = append(append(reads, s.key), derived...)
	}
	return store.Call{Reads: reads, Decide: func(v store.View) ([]muster.Change, error) {
		var changes []muster.Change
		for _, s := range parts {
			seen := v.Get(s.key)
			p.note("view at %d: %s", v.Position(), recordText(seen))
			if item, ok := seen.(*muster.Item); ok {
				p.note("view: changed at %d", item.At)
			}
			if s.kind == stepLook {
				for _, key := range derived {
					p.note("view: %s", jsonText(v.Get(key)))
				}
				continue
			}
			c, err := p.change(s, v)
			if err != nil {
				return nil, err
			}
			changes = append(changes, c)
		}
		return changes, nil
	}}
}

func (p *player) change(s step, v store.View) (muster.Change, error) {
	c := muster.Change{Key: s.key}
	key, isItem := s.key.(muster.ItemKey)
	switch {
	case s.kind == stepDelete:
		return c, nil
	case !isItem:
		c.Value = s.record()
		return c, nil
	}
	before := store.Get[*muster.Item](v, s.key)
	if s.kind == stepIfHash && (before == nil || before.Hash != s.want) {
		return c, errors.New("another hash is stored")
	}
	if s.kind == stepTouch && before == nil {
		return c, errors.New("nothing is stored")
	}
	item := &muster.Item{Version: s.version, Hash: muster.ContentHash(s.text), Reported: time.Unix(int64(len(s.text)), 0), Context: entry("k", s.text)}
	if s.kind != stepTouch {
		item.Content = p.content(key, s.entries)
	}
	c.Value = item
	return c, nil
}

// content has the rows that are known by number and defines the others, one that is there twice also twice.
func (p *player) content(key muster.ItemKey, entries []int) *muster.Content {
	c := &muster.Content{Rows: make([]muster.RowID, len(entries))}
	if len(entries)%2 == 1 {
		c.Split, c.Volatile = uint32(len(entries)), []byte(fmt.Sprint("beside ", entries))
	}
	for at, i := range entries {
		e := entryOf(i)
		id, known := p.rows[rowName(key.Space, key.Type, e)]
		c.Rows[at] = id
		if !known {
			c.Fresh = append(c.Fresh, muster.FreshRow{At: at, Entry: e})
		}
	}
	return c
}

func (s step) record() muster.Record {
	switch s.key.(type) {
	case muster.NodeKey:
		n := &muster.Node{Usage: muster.Usage{Day: s.text}, Reported: time.Unix(int64(len(s.text)), 0)}
		if s.version == "1.9" {
			n.Registration = &muster.Registration{Fingerprint: s.text, PublicKey: []byte(s.text)}
		}
		return n
	case muster.HistoryKey:
		return &muster.History{Packed: []byte(s.text)}
	case muster.CustomTypeKey:
		return &muster.CustomType{DisabledUpTo: s.version}
	case muster.SplitsKey:
		return &muster.Splits{Versions: [][]string{{s.text}, {}}}
	case muster.DeletionKey:
		return &muster.Deletion{Token: s.text}
	case muster.ClientTokenKey:
		return &muster.ClientToken{DeletionID: s.text}
	case muster.AssociationKey:
		return &muster.Association{Name: s.text}
	case muster.ExecutionKey:
		return &muster.Execution{Summary: s.text}
	case muster.ActivationKey:
		return &muster.Activation{Description: s.text}
	case muster.AccessKeyKey:
		return &muster.AccessKey{Secret: s.text}
	}
	return &muster.Setting{Value: []byte(s.text)}
}

// shortest takes steps out, half of them at a time and then fewer, as long as the rest still fails.
func shortest(steps []step, fails func([]step) bool) []step {
	for size := len(steps) / 2; size > 0; {
		taken := false
		for at := 0; at+size <= len(steps); {
			fewer := slices.Concat(steps[:at], steps[at+size:])
			if fails(fewer) {
				steps, taken = fewer, true
			} else {
				at += size
			}
		}
		if !taken || size > 1 {
			size /= 2
		}
	}
	return steps
}
