package index

import "fmt"

// Work is what answering a question took.
type Work struct {
	Plan  []string // the steps, in order, in words
	Rows  int      // of dictionaries and of items, that were looked at one by one
	Nodes int      // whose items were looked at one by one
}

// Noting gives the snapshot with a place for what is done: each question to it adds to the work, which one goroutine at a time
// may use.
func (s *Snapshot) Noting(w *Work) *Snapshot {
	noting := *s
	noting.work = w
	return &noting
}

// plan adds a step.
func (e *eval) plan(format string, args ...any) {
	if e.work != nil {
		e.work.Plan = append(e.work.Plan, fmt.Sprintf(format, args...))
	}
}

// visit adds what was looked at.
func (e *eval) visit(nodes, rows int) {
	if e.work != nil {
		e.work.Nodes += nodes
		e.work.Rows += rows
	}
}
