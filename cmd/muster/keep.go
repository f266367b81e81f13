package main

import "time"

// part is a process of the demo.
type part interface {
	Start() error           // returns when it works; again, when it has ended
	Ended() <-chan struct{} // closed when what was started last has ended
	PID() int
	Stop() error // ends it, if it has not ended, and waits
}

// restartAfter is how long a part that ended stays so. It is long enough to see what the others do meanwhile.
const restartAfter = 5 * time.Second

// keep starts a part again whenever it ends, until stop is called, which ends it for good.
func keep(name string, p part, say func(format string, args ...any)) (stop func() error) {
	stopping, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		for again(p, name, stopping, say) {
		}
		stopped <- p.Stop()
	}()
	return func() error {
		close(stopping)
		return <-stopped
	}
}

// again waits until the part ends and starts it once more. It says no when that is no longer wanted.
func again(p part, name string, stopping <-chan struct{}, say func(format string, args ...any)) bool {
	select {
	case <-p.Ended():
	case <-stopping:
		return false
	}
	say("%s has ended; it will be started again in %v", name, restartAfter)
	select {
	case <-time.After(restartAfter):
	case <-stopping:
		return false
	}
	if err := p.Start(); err != nil {
		say("%s: %v", name, err)
		return true
	}
	say("%s is back, as process %d", name, p.PID())
	return true
}
