package server

import (
	"slices"
	"sync"

	"muster"
)

// maxPolls is how many polls of one node are held at once: an agent has one, and one more when it was started again before its
// former connection was found to be dead. Without a limit a single key could hold as many connections as it likes.
const maxPolls = 2

// polls are those that are held. The zero value is none.
type polls struct {
	mu sync.Mutex
	of map[muster.NodeKey][]*poll // oldest first
}

// poll is a node's wait for messages.
type poll struct {
	by       muster.NodeKey
	replaced chan struct{} // closed when the node has begun too many others
}

// begin holds a poll until it is given to end. One too many has the node's oldest replaced.
func (p *polls) begin(by muster.NodeKey) *poll {
	p.mu.Lock()
	defer p.mu.Unlock()
	begun := &poll{by, make(chan struct{})}
	held := append(p.of[by], begun)
	if len(held) > maxPolls {
		close(held[0].replaced)
		held = slices.Delete(held, 0, 1)
	}
	if p.of == nil {
		p.of = map[muster.NodeKey][]*poll{}
	}
	p.of[by] = held
	return begun
}

func (p *polls) end(over *poll) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := slices.DeleteFunc(p.of[over.by], func(other *poll) bool { return other == over })
	if p.of[over.by] = left; len(left) == 0 {
		delete(p.of, over.by)
	}
}
