package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/rogpeppe/go-internal/testscript"

	"muster/internal/client"
	"muster/internal/ssmapi"
)

// These are the commands that scripts have beside testscript's own. A script has one server at a time.

type serverKey struct{}

func scriptServer(ts *testscript.TestScript) *server { return ts.Value(serverKey{}).(*server) }

// serve [NAME=VALUE…] [FLAG…] starts muster serve with more environment and flags. It writes what the server says at its start
// to the file greeting, and sets URL, ADDRESS and what AWS's tools read.
func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("say ! exec muster serve")
	}
	s := scriptServer(ts)
	env := s.env
	for len(args) > 0 && strings.Contains(args[0], "=") && !strings.HasPrefix(args[0], "-") {
		env, args = append(env, args[0]), args[1:]
	}
	work := ts.Getenv("WORK")
	ts.Check(s.start(work, env, args...))
	ts.Check(os.WriteFile(filepath.Join(work, "greeting"), []byte(s.greeting), 0o600))
	ts.Setenv("URL", s.url)
	_, address, _ := strings.Cut(s.url, "://")
	ts.Setenv("ADDRESS", address)
	ts.Setenv("AWS_ENDPOINT_URL", s.url)
	ts.Setenv("AWS_REGION", "us-east-1")
	ts.Setenv("AWS_DEFAULT_REGION", "us-east-1")
	ts.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(work, "muster-data", "credentials"))
}

// terminate sends the server SIGTERM and waits. It fails unless the server ends with status 0.
func cmdTerminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: terminate")
	}
	ts.Check(scriptServer(ts).stop())
}

// waitlog TEXT waits for a line of the server's log that has the text.
func cmdWaitLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitlog TEXT")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ts.Check(scriptServer(ts).log.wait(ctx, args[0]))
}

// get PATH prints what the server has there. It fails if the status is not 200.
func cmdGet(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: get PATH")
	}
	response, err := http.Get(ts.Getenv("URL") + args[0])
	ts.Check(err)
	defer response.Body.Close()
	_, err = io.Copy(ts.Stdout(), response.Body)
	ts.Check(err)
	if ok := response.StatusCode == http.StatusOK; ok == neg {
		ts.Fatalf("status %d", response.StatusCode)
	}
}

// call OPERATION [JSON [REPORTER=FINGERPRINT]] makes a signed call, as AWS's tools would, and prints the answer, or the error on
// stderr. With a fingerprint it is made as by the collector of that host.
func cmdCall(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 1 {
		args = append(args, "{}")
	}
	config := client.Config{MaxAttempts: 1}
	if len(args) == 3 {
		config.Header = http.Header{ssmapi.ReporterHeader: {strings.TrimPrefix(args[2], "REPORTER=")}}
	}
	config, err := config.FromEnvironment(ts.Getenv)
	ts.Check(err)
	c, err := client.New(config)
	ts.Check(err)
	in := jsontext.Value(args[1])
	out, err := client.Call[jsontext.Value, jsontext.Value](context.Background(), c, args[0], &in)
	if err != nil {
		fmt.Fprintln(ts.Stderr(), err)
	} else {
		fmt.Fprintln(ts.Stdout(), string(*out))
	}
	if ok := err == nil; ok == neg {
		ts.Fatalf("%s: %v", args[0], err)
	}
}

// mode OCTAL FILE… fails if a file has other permissions.
func cmdMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: mode OCTAL FILE…")
	}
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := info.Mode().Perm(); got != os.FileMode(want) {
			ts.Fatalf("%s has mode %o", name, got)
		}
	}
}

// capture NAME REGEXP sets a variable to what the group of the expression matches in the last standard output.
func cmdCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	expression, err := regexp.Compile(args[1])
	ts.Check(err)
	match := expression.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(match) != 2 {
		ts.Fatalf("no %s", args[1])
	}
	ts.Setenv(args[0], match[1])
}
