package fleet

import (
	"slices"
	"unique"

	"muster"
)

// execution is a node's last run of an association. A fleet has one for nearly every node, and nearly all say the same words.
type execution struct {
	association           unique.Handle[muster.AssociationID]
	status, code, summary unique.Handle[string]

	executed, begun, succeeded muster.Nanos
}

// execute takes over what a node has told of a run; nil is that there is nothing to tell any more. The caller holds state.mu.
func (sp *space) execute(node muster.NodeID, id muster.AssociationID, told *muster.Execution) {
	association := unique.Make(id)
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
}

// record gives back what the node has told.
func (e execution) record() muster.Execution {
	return muster.Execution{
		Status: e.status.Value(), Code: e.code.Value(), Summary: e.summary.Value(),
		Executed: e.executed, Begun: e.begun, Succeeded: e.succeeded,
	}
}
