package main

import (
	"cmp"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"muster/internal/child"
	"muster/internal/sigv4"
)

// demoServer is a muster serve in a process of its own.
type demoServer struct {
	data    string
	env     []string
	log     io.Writer
	address string // that it serves on; empty before the first start, which takes a free port
	process *child.Process
}

// serverEnv is the environment of a server. What ours says of another store stays out of it.
func serverEnv(store string, key sigv4.Credentials) []string {
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "PG") || strings.HasPrefix(variable, "MUSTER_")
	})
	return append(env, "MUSTER_STORE="+store,
		"MUSTER_ACCESS_KEY_ID="+key.AccessKeyID, "MUSTER_SECRET_ACCESS_KEY="+key.SecretAccessKey)
}

func (s *demoServer) Start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.Command(self, "serve", "--listen", cmp.Or(s.address, "127.0.0.1:0"), "--data", s.data, "--log-level", "warn")
	command.Args[0] = "muster"
	command.Env, command.Stderr, command.SysProcAttr = s.env, s.log, child.Attributes(syscall.SIGTERM)
	process, err := child.Start(command, command.StdoutPipe, func(line string) bool {
		_, address, serves := strings.Cut(line, " serves http://")
		if serves {
			s.address = strings.TrimSpace(address)
		}
		return serves
	})
	if err != nil {
		return err
	}
	s.process = process
	return nil
}

func (s *demoServer) Ended() <-chan struct{} { return s.process.Ended() }

func (s *demoServer) PID() int { return s.process.PID() }

func (s *demoServer) Stop() error {
	select {
	case <-s.Ended(): // it was killed, perhaps
		return nil
	default:
		return s.process.End(syscall.SIGTERM)
	}
}
