// Package child runs other programs for as long as this one runs, among them a private PostgreSQL. It is not for what is to outlive us.
package child

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Process is a program that runs, or has ended.
type Process struct {
	process *os.Process
	ended   chan struct{}
	err     error // why it ended; written before ended is closed
}

// Start starts the command and returns when ready says so of a line of its output, which is that of the command's StdoutPipe or
// StderrPipe. If it ends before, the error has what it wrote. Where the kernel can, it ends the program when we end.
func Start(command *exec.Cmd, output func() (io.ReadCloser, error), ready func(line string) bool) (*Process, error) {
	out, err := output()
	if err != nil {
		return nil, err
	}
	p, works := &Process{ended: make(chan struct{})}, make(chan struct{})
	go p.run(command, bufio.NewReader(out), ready, works)
	select {
	case <-works:
		return p, nil
	case <-p.ended:
		return nil, p.err
	}
}

// run runs the program to its end, on a thread of its own: the kernel ends a child when the thread that started it ends.
func (p *Process) run(command *exec.Cmd, output *bufio.Reader, ready func(line string) bool, works chan<- struct{}) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.ended)
	if p.err = command.Start(); p.err != nil {
		return
	}
	p.process = command.Process
	var said strings.Builder
	waiting := true
	for more := true; more; {
		line, err := output.ReadString('\n')
		more = err == nil
		if !waiting {
			continue
		}
		said.WriteString(line)
		if ready(line) {
			waiting = false
			close(works)
		}
	}
	p.err = command.Wait()
	if waiting {
		p.err = fmt.Errorf("%s ended before it was ready: %w\n%s", command.Args[0], endedWell(p.err), &said)
	}
}

// endedWell gives words to an end that no error tells of.
func endedWell(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// PID is its number.
func (p *Process) PID() int { return p.process.Pid }

// Ended is closed when it has ended, and all that writes to the same output.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// End sends it a signal and waits. It gives an error if the program, then or before, ended otherwise than with status 0.
func (p *Process) End(signal os.Signal) error {
	if err := p.process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return p.err
}

// runLocked runs a command to its end, on a thread that does not end before.
func runLocked(command *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command.Args[0], err, out)
	}
	return nil
}
