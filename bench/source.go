package main

import (
	"cmp"
	"context"
	"iter"
	"runtime"
	"slices"

	"muster"
	"muster/internal/query"
	"muster/internal/sim"
)

// source makes the nodes that every engine is given, in the order of their ids: an engine that numbers them so can order by the
// number.
type source struct {
	sim   *sim.Fleet
	ids   []muster.NodeID // ascending
	order []int           // the simulator's number of each
}

func newSource(seed uint64, nodes int) *source {
	f := &source{sim: sim.New(seed, nodes, sim.Churn{Updated: 1})} // a second report has newer packages
	byNumber := make([]muster.NodeID, nodes)
	for i := range nodes {
		byNumber[i] = f.sim.Node(i).ID
		f.order = append(f.order, i)
	}
	slices.SortFunc(f.order, func(a, b int) int { return cmp.Compare(byNumber[a], byNumber[b]) })
	for _, i := range f.order {
		f.ids = append(f.ids, byNumber[i])
	}
	return f
}

// node is one node's report.
type node struct {
	number       int // its place in the order of ids
	id           muster.NodeID
	information  muster.Entry
	applications []muster.Entry
}

// nodes gives the reports in order. They are made ahead, on all processors. A node is no longer valid when the next one is
// asked for, but its strings may be kept.
func (f *source) nodes(ctx context.Context) iter.Seq[*node] {
	type slot struct {
		node
		scratch sim.Scratch
		made    chan struct{}
	}
	return func(yield func(*node) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		const ahead = 16
		free, todo, order := make(chan *slot, ahead), make(chan *slot, ahead), make(chan *slot, ahead)
		for range ahead {
			free <- &slot{made: make(chan struct{}, 1)}
		}
		for range runtime.NumCPU() {
			go func() {
				for s := range todo {
					s.report(f.sim, &s.scratch, f.order[s.number])
					s.made <- struct{}{}
				}
			}()
		}
		go func() {
			defer close(order)
			defer close(todo)
			for number, id := range f.ids {
				select {
				case s := <-free:
					s.number, s.id = number, id
					todo <- s
					order <- s
				case <-ctx.Done():
					return
				}
			}
		}()
		for s := range order {
			<-s.made
			if ctx.Err() != nil || !yield(&s.node) {
				return
			}
			free <- s
		}
	}
}

func (n *node) report(f *sim.Fleet, s *sim.Scratch, i int) {
	for _, it := range f.Report(s, i, 0) {
		switch *it.TypeName {
		case muster.TypeInstanceInformation:
			n.information = it.Content[0]
		case application:
			n.applications = it.Content
		}
	}
}

const application muster.TypeName = "AWS:Application"

// attributes are those of AWS:Application that the nodes report, by name.
var attributes = [...]string{
	"ApplicationType", "Architecture", "Epoch", "InstalledTime", "Name", "PackageId", "Publisher", "Release", "Summary", "URL", "Version",
}

// installed is an entry of AWS:Application with what muster finds out by itself when it is asked. The other engines are given it
// as columns, since it would cost them much more.
type installed struct {
	muster.Entry
	place         int    // in the report
	name, version string // in the one form of all letter cases
	repeats       repeats
}

// repeats says what of an entry the node has already in an earlier one. A count of nodes by name is then one of entries whose
// name is new, and needs no distinct.
type repeats int

const (
	nothing repeats = iota
	theName
	theVersion // of that name
)

// installed gives the node's entries. The map is memory for the call.
func (n *node) installed(seen map[[2]string]bool) iter.Seq[installed] {
	return func(yield func(installed) bool) {
		clear(seen)
		for place, e := range n.applications {
			name, _ := e.Get("Name")
			version, _ := e.Get("Version")
			in := installed{Entry: e, place: place, name: query.Fold(name), version: query.Fold(version)}
			byName, byVersion := [2]string{in.name}, [2]string{in.name, "v" + in.version}
			switch {
			case seen[byVersion]:
				in.repeats = theVersion
			case seen[byName]:
				in.repeats = theName
			}
			seen[byName], seen[byVersion] = true, true
			if !yield(in) {
				return
			}
		}
	}
}

// asked is the node whose entries are asked for.
func (f *source) asked() int { return len(f.ids) / 2 }
