package index

import (
	"runtime"
	"sync"
)

// shares is into how many parts share divides.
func shares() int { return runtime.GOMAXPROCS(0) }

// share divides n pieces of work among the processors. Each part is done with an eval of its own, whose err and work become those of e.
func (e *eval) share(n int, do func(part *eval, at, from, to int)) {
	parts := make([]*eval, shares())
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
