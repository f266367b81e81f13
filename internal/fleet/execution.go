package fleet

import (
	"context"
	"slices"
	"unique"

	"muster"
	"muster/internal/store"
)

// execution is a node's last run of an association. A fleet has one for nearly every node, and nearly all say the same words.
type execution struct {
	association           unique.Handle[muster.AssociationID]
	status, code, summary unique.Handle[string]

	executed, begun, succeeded muster.Nanos
}

// execute takes over what a node has told of a run; nil is that there is nothing to tell any more. The caller holds state.mu.
func (sp *space) execute(node muster.NodeID, id muster.AssociationID, told *muster.Execution) {
	association, before := unique.Make(id), len(sp.executions[node])
	all := slices.DeleteFunc(sp.executions[node], func(e execution) bool { return e.association == association })
	if told != nil {
		all = append(all, execution{
			association: association,
			status:      unique.Make(told.Status), code: unique.Make(told.Code), summary: unique.Make(told.Summary),
			executed: told.Executed, begun: told.Begun, succeeded: told.Succeeded,
		})
	}
	if sp.executions[node] = all; len(all) == 0 {
		delete(sp.executions, node)
	}
	if len(all) > before { // it may have gone while the node told
		sp.strays.Store(true)
	}
}

// record gives back what the node has told.
func (e execution) record() muster.Execution {
	return muster.Execution{
		Status: e.status.Value(), Code: e.code.Value(), Summary: e.summary.Value(),
		Executed: e.executed, Begun: e.begun, Succeeded: e.succeeded,
	}
}

// ReportExecution stores what a node tells of its run of an association: status, code, summary and the date of the execution. The
// association is looked for before the commit; what is told of one that goes meanwhile is forgotten with it.
func (f *Fleet) ReportExecution(ctx context.Context, space muster.Space, node muster.NodeID, id muster.AssociationID, told muster.Execution) error {
	if _, known := f.Node(space, node); !known {
		return muster.ErrInvalidInstanceID(node)
	}
	if _, err := f.Association(space, id); err != nil {
		return err
	}
	key := muster.ExecutionKey{Space: space, Node: node, Association: id}
	by := muster.NodeKey{Space: space, Node: node}
	now := muster.NanosOf(f.Now())
	return f.commit(ctx, store.Call{Reads: []muster.Key{key, by}, Decide: func(v store.View) ([]muster.Change, error) {
		if n := store.Get[*muster.Node](v, by); n == nil || n.Gone() {
			return nil, muster.ErrInvalidInstanceID(node)
		}
		before := store.Get[*muster.Execution](v, key)
		after := told
		after.Begun = now
		if before != nil {
			after.Succeeded = before.Succeeded
			if before.Running() && told.Status != muster.ExecutionPending {
				after.Begun = before.Begun
			}
		}
		if told.Status == muster.ExecutionSuccess {
			after.Succeeded = told.Executed
		}
		return []muster.Change{{Key: key, Value: &after}}, nil
	}})
}

// Execution gives what the node last told of the association, and whether it told anything.
func (f *Fleet) Execution(space muster.Space, node muster.NodeID, id muster.AssociationID) (muster.Execution, bool) {
	s, association := f.state.Load(), unique.Make(id)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sp := s.spaces[space]; sp != nil {
		for _, e := range sp.executions[node] {
			if e.association == association {
				return e.record(), true
			}
		}
	}
	return muster.Execution{}, false
}

// Overview is what nodes told of their runs of one association.
type Overview struct {
	Counts              map[string]int // of nodes, by status
	Executed, Succeeded muster.Nanos   // the last time on any node
}

// Overviews gives one for each of the associations. It looks at every node of the space.
func (f *Fleet) Overviews(space muster.Space, of []AssociationRecord) []Overview {
	all, counts := make([]Overview, len(of)), make([]map[unique.Handle[string]]int, len(of))
	at := make(map[unique.Handle[muster.AssociationID]]int, len(of))
	pending := unique.Make(muster.ExecutionPending)
	for i, a := range of {
		all[i].Counts, counts[i] = map[string]int{}, map[unique.Handle[string]]int{}
		at[unique.Make(a.ID)] = i
	}
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	sp := s.spaces[space]
	if sp == nil {
		return all
	}
	for _, executions := range sp.executions {
		for _, e := range executions {
			i, ok := at[e.association]
			if !ok {
				continue
			}
			status := e.status
			if of[i].Since(e.begun) {
				status = pending
			}
			counts[i][status]++
			all[i].Executed = max(all[i].Executed, e.executed)
			all[i].Succeeded = max(all[i].Succeeded, e.succeeded)
		}
	}
	for i := range counts {
		for status, n := range counts[i] {
			all[i].Counts[status.Value()] = n
		}
	}
	return all
}

// forgetExecutions takes away what was told of associations, or by nodes, that are no more. It looks at all executions, so only where
// there may be such.
func (f *Fleet) forgetExecutions(ctx context.Context) error {
	for _, sp := range f.state.Load().eachSpace() {
		if !sp.strays.CompareAndSwap(true, false) {
			continue
		}
		for step := range slices.Chunk(f.lostExecutions(sp), expiryStep) {
			if err := f.commit(ctx, f.forgetCall(sp.name, step)); err != nil {
				sp.strays.Store(true)
				return err
			}
		}
	}
	return nil
}

// forgetCall takes away those of the executions that are still lost when it is decided.
func (f *Fleet) forgetCall(space muster.Space, lost []muster.ExecutionKey) store.Call {
	associations := muster.AssociationsKey{Space: space}
	reads := []muster.Key{associations}
	for _, key := range lost {
		reads = append(reads, muster.NodeKey{Space: space, Node: key.Node})
	}
	return store.Call{Reads: reads, Decide: func(v store.View) ([]muster.Change, error) {
		live := map[muster.AssociationID]bool{}
		for _, a := range f.listed(space, store.Get[muster.Associations](v, associations)) {
			live[a.ID] = true
		}
		var changes []muster.Change
		for _, key := range lost {
			if !live[key.Association] || v.Get(muster.NodeKey{Space: space, Node: key.Node}) == nil {
				changes = append(changes, muster.Change{Key: key})
			}
		}
		return changes, nil
	}}
}

func (f *Fleet) lostExecutions(sp *space) []muster.ExecutionKey {
	live := map[unique.Handle[muster.AssociationID]]bool{}
	for _, a := range f.Associations(sp.name) {
		live[unique.Make(a.ID)] = true
	}
	var lost []muster.ExecutionKey
	s := f.state.Load()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for node, executions := range sp.executions {
		for _, e := range executions {
			if !live[e.association] || sp.nodes[node] == nil {
				lost = append(lost, muster.ExecutionKey{Space: sp.name, Node: node, Association: e.association.Value()})
			}
		}
	}
	return lost
}
