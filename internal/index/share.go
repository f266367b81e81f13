package index

import (
	"runtime"
	"sync"
)

// shares is into how many parts work is best divided now. The number may change while a process runs.
func shares() int { return runtime.GOMAXPROCS(0) }

// share divides pieces of work into so many parts, which are done at once. Each has an eval of its own, whose err and work become those
// of e.
func (e *eval) share(into, n int, do func(part *eval, at, from, to int)) {
	parts := make([]*eval, into)
	size := (n + len(parts) - 1) / len(parts)
	var group sync.WaitGroup
	for at := range parts {
		parts[at] = &eval{Snapshot: e.Noting(&Work{}), ctx: e.ctx}
		group.Go(func() { do(parts[at], at, min(at*size, n), min((at+1)*size, n)) })
	}
	group.Wait()
	for _, part := range parts {
		e.visit(part.work.Nodes, part.work.Rows)
		if part.err != nil {
			e.err = part.err
		}
	}
}
