package main

import (
	"context"

	"golang.org/x/sys/windows/svc"
)

// asService runs the program, and as a service answers to Windows' service manager.
func asService(ctx context.Context, run func(context.Context) error) error {
	if is, err := svc.IsWindowsService(); err != nil || !is {
		return run(ctx)
	}
	s := &service{ctx: ctx, run: run}
	if err := svc.Run("", s); err != nil {
		return err
	}
	return s.failed
}

// service is the program while the manager watches it.
type service struct {
	ctx    context.Context
	run    func(context.Context) error
	failed error
}

// exitFailed is what the manager is told of a program that failed.
const exitFailed = 1

// Execute implements svc.Handler.
func (s *service) Execute(_ []string, asked <-chan svc.ChangeRequest, state chan<- svc.Status) (ownCode bool, code uint32) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	state <- running
	for {
		select {
		case s.failed = <-ended:
			state <- svc.Status{State: svc.StopPending}
			if s.failed != nil {
				return true, exitFailed
			}
			return false, 0
		case request := <-asked:
			switch request.Cmd {
			case svc.Interrogate:
				state <- running
			case svc.Stop, svc.Shutdown:
				running = svc.Status{State: svc.StopPending}
				state <- running
				cancel()
			}
		}
	}
}
