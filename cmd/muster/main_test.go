package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be muster, and the stand-in for the AWS CLI, when it is run under their names. It puts both on
// the PATH, so whatever starts "muster" starts the program as it is.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"muster":       main,
		"aws-stand-in": standIn,
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":        cmdServe,
			"terminate":    cmdTerminate,
			"waitlog":      cmdWaitLog,
			"get":          cmdGet,
			"call":         cmdCall,
			"mode":         cmdMode,
			"capture":      cmdCapture,
			"certificates": cmdCertificates,
			"agent":        cmdAgent,
			"waitagent":    cmdWaitAgent,
		},
	})
}

// setUp gives a script a home of its own, so that neither the keys nor the configuration of whoever runs the tests matters.
func setUp(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	env.Setenv("HOME", home)
	env.Setenv("GORACE", "atexit_sleep_ms=10") // the race detector's default, a second for every command, is most of a script's time
	bin, err := awsCLI(env.WorkDir, true)
	if err != nil {
		return err
	}
	env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))

	server := &server{env: append([]string(nil), env.Vars...)}
	env.Values[serverKey{}] = server
	env.Defer(server.kill)
	agent := &process{}
	env.Values[agentKey{}] = agent
	env.Defer(agent.kill)
	return nil
}

// awsCLI gives a folder to put before the PATH. In it is the command aws: the stand-in unless the real one is wanted and there.
func awsCLI(work string, wantReal bool) (string, error) {
	bin := filepath.Join(work, "aws-bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		return "", err
	}
	if _, err := exec.LookPath("aws"); err == nil && wantReal {
		return bin, nil
	}
	return bin, os.WriteFile(filepath.Join(bin, "aws"), []byte("#!/bin/sh\nexec aws-stand-in \"$@\"\n"), 0o700)
}
