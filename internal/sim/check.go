package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/internal/ssmapi"
)

// Verdict is what a check found: what was compared, and what is wrong.
type Verdict struct {
	Nodes, Names, Groups int // compared
	Hashes               int // read back
	Mistakes             int // hashes of what the server does not have, which it refused
	faults
}

// faults are what is not as it should be.
type faults struct {
	Faults []string
	More   int // that are not in the list
}

// faultsShown is how many are listed: one bug makes thousands.
const faultsShown = 20

func (f *faults) fault(format string, args ...any) {
	if len(f.Faults) == faultsShown {
		f.More++
		return
	}
	f.Faults = append(f.Faults, fmt.Sprintf(format, args...))
}

// Check makes every node's last accepted report again, asks the server by a hash alone whether it has each item of it, and
// compares what the server counts over the fleet with what the reports say. Of a sample of the nodes it asks as well whether the
// server takes the hash of what it does not have. The error is of a question that was not answered.
func (r *Run) Check(ctx context.Context) (*Verdict, error) {
	want, v := newTally(), &Verdict{}
	var nodes []int
	for i, k := range r.known {
		if k.reported {
			nodes = append(nodes, i)
		}
	}
	every := max(1, len(nodes)/sample)
	var mu sync.Mutex
	r.each(ctx, Phase{Name: "check"}, nodes, func(sp *speaker, i int, _ time.Time) bool {
		var said *facts
		err := r.readBack(ctx, sp, i, func(items []ssmapi.InventoryItem) { said = factsOf(items) })
		mistakes := 0
		if err == nil && i%every == 0 {
			mistakes = 1
			err = r.mistake(ctx, sp, i)
		}
		mu.Lock()
		defer mu.Unlock()
		want.add(i, said)
		if err != nil {
			v.fault("node %s: %v", r.id(i), err)
			return false
		}
		v.Hashes += types - r.first()
		v.Mistakes += mistakes
		return true
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v.Nodes = len(nodes)
	if r.life != nil {
		if err := r.life.check(ctx, v); err != nil {
			return nil, fmt.Errorf("describing the nodes: %w", err)
		}
	}
	return v, r.compare(ctx, v, want)
}

// sample is how many nodes make a mistake, at least if there are so many.
const sample = 1000

// readBack puts the hashes that the server has accepted, which it refuses if it has others. On the way it shows what they are of.
func (r *Run) readBack(ctx context.Context, sp *speaker, i int, show func([]ssmapi.InventoryItem)) error {
	k := &r.known[i]
	err := r.Target.put(ctx, sp, r.id(i), func(s *Scratch) []ssmapi.InventoryItem {
		show(r.Fleet.Report(s, i, int(k.generation)))
		return r.Fleet.hashes(s, i, int(k.generation), &k.sums)[r.first():]
	})
	if err != nil {
		return fmt.Errorf("the server does not have what it has accepted: %w", err)
	}
	return nil
}

// mistake puts the hashes with one among them that the server must refuse: of what the node reported first, if it has reported
// something else since, or of nothing.
func (r *Run) mistake(ctx context.Context, sp *speaker, i int) error {
	k := &r.known[i]
	err := r.Target.put(ctx, sp, r.id(i), func(s *Scratch) []ssmapi.InventoryItem {
		sums, wrong := k.sums, r.first()+i%(types-r.first())
		r.Fleet.Report(s, i, r.Fleet.born(i))
		for n := r.first(); n < types; n++ {
			if s.sums[n] != sums[n] {
				wrong = n
			}
		}
		if sums[wrong] != s.sums[wrong] {
			sums[wrong] = s.sums[wrong]
		} else {
			sums[wrong] = mix(sums[wrong])
		}
		return r.Fleet.hashes(s, i, int(k.generation), &sums)[r.first():]
	})
	switch {
	case err == nil:
		return errors.New("the server took a hash of what it does not have")
	case !unknownHash(err):
		return fmt.Errorf("the server was given a hash of what it does not have: %w", err)
	}
	return nil
}

// compare asks the server for the same counts.
func (r *Run) compare(ctx context.Context, v *Verdict, want *tally) error {
	names := want.names()
	for _, by := range []struct {
		attribute string
		want      map[string]int
	}{{"AWS:InstanceInformation.PlatformType", want.platforms}, {"AWS:Application.Name", names}} {
		got, err := r.counts(ctx, by.attribute)
		if err != nil {
			return fmt.Errorf("counting by %s: %w", by.attribute, err)
		}
		v.compare(by.attribute, got, by.want)
	}
	v.Names = len(names)
	v.Groups = len(questions)
	for n, q := range questions {
		matching, not, err := r.group(ctx, q)
		if err != nil {
			return fmt.Errorf("counting the group %s: %w", q.name, err)
		}
		if matching != want.groups[n] || matching+not != v.Nodes {
			v.fault("group %s: %d nodes match and %d do not, expected %d and %d", q.name, matching, not, want.groups[n], v.Nodes-want.groups[n])
		}
	}
	return nil
}

// compare holds the server's counts, whose names are in whatever letter case, against ours.
func (v *Verdict) compare(attribute string, got, want map[string]int) {
	folded := map[string]int{}
	for name, n := range want {
		folded[strings.ToLower(name)] = n
	}
	for _, name := range slices.Sorted(maps.Keys(folded)) {
		if got[name] != folded[name] {
			v.fault("%s %s: the server counts %d nodes, expected %d", attribute, name, got[name], folded[name])
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		v.fault("%s %s: the server counts %d nodes, expected none: is something else in this account and region?", attribute, name, got[name])
	}
}
