package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/internal/child"
	"muster/internal/client"
	"muster/internal/ssmapi"
	"muster/internal/store/postgres/pgtest"
)

// runningDemo is a muster cluster-demo in a process of its own.
type runningDemo struct {
	process
	said *lines
	url  string
	keys string // file
}

// startDemo starts one whose temporary files are in a directory that it gives as well. Without PostgreSQL it skips the test.
func startDemo(t *testing.T, ctx context.Context, args ...string) (d *runningDemo, temp string) {
	t.Helper()
	temp, err := os.MkdirTemp("", "demo") // t.TempDir lies in a folder that PostgreSQL's user may not enter
	if err == nil {
		err = os.Chmod(temp, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	cmd := exec.Command("muster", append([]string{"cluster-demo", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + temp, "PGHOST=elsewhere", "MUSTER_STORE=sqlite"}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	d = &runningDemo{said: newLines()}
	if err := d.begin(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.kill)
	d.drained.Go(func() { d.said.read(stdout) })
	if err := d.said.wait(ctx, "Ctrl-C ends everything"); err != nil {
		d.kill()
		if strings.Contains(d.log.String(), child.ErrNoPostgres.Error()) && !pgtest.Needed() {
			t.Skip(child.ErrNoPostgres)
		}
		t.Fatalf("%v\n%s", err, d.log)
	}
	d.url = d.told(t, `look +(http://\S+)/ui/`)
	d.keys = d.told(t, `keys +(\S+)`)
	return d, temp
}

// told gives the group of the expression in what was said.
func (d *runningDemo) told(t *testing.T, expression string) string {
	t.Helper()
	match := regexp.MustCompile(expression).FindStringSubmatch(d.said.String())
	if match == nil {
		t.Fatalf("no %s in\n%s", expression, d.said)
	}
	return match[1]
}

// find gives the process of a part.
func (d *runningDemo) find(t *testing.T, part string) *os.Process {
	t.Helper()
	pid, err := strconv.Atoi(d.told(t, part+" .* process ([0-9]+)"))
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	return process
}

func (d *runningDemo) waitNext(t *testing.T, ctx context.Context, words ...string) {
	t.Helper()
	for _, w := range words {
		if err := d.said.waitNext(ctx, w); err != nil {
			t.Fatalf("%v\n%s", err, d.log)
		}
	}
}

// TestClusterDemo does what the demo invites to: it pastes its lines, kills a server and then PostgreSQL, and ends it.
func TestClusterDemo(t *testing.T) {
	t.Parallel()
	const nodes = 20
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	d, temp := startDemo(t, ctx, "--nodes", strconv.Itoa(nodes), "--every", "1s")
	d.waitNext(t, ctx, "Ctrl-C ends everything", "enrolment: 20 nodes have reported, 0 failed")
	pasteLines(t, ctx, d.said.String())

	credentials, err := client.LoadCredentials(d.keys, "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Config{Endpoint: d.url, Region: demoRegion, Credentials: credentials})
	if err != nil {
		t.Fatal(err)
	}
	count := func() {
		t.Helper()
		out, err := client.Call[ssmapi.GetInventoryInput, ssmapi.GetInventoryOutput](ctx, c, "GetInventory", &ssmapi.GetInventoryInput{})
		if err != nil || len(out.Entities) != nodes {
			t.Errorf("asked for all nodes: %v, %v", out, err)
		}
	}
	server, database := d.find(t, "server 2"), d.find(t, "PostgreSQL")
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	d.waitNext(t, ctx, "server 2 has ended")
	for range 6 { // whoever of the others is asked
		count()
	}
	d.waitNext(t, ctx, "server 2 is back")
	if err := database.Kill(); err != nil {
		t.Fatal(err)
	}
	d.waitNext(t, ctx, "PostgreSQL has ended", "PostgreSQL is back", "nodes have reported")
	count()

	if err := d.stop(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for _, told := range regexp.MustCompile(`process ([0-9]+)`).FindAllStringSubmatch(d.said.String(), -1) {
		if _, err := os.Stat(filepath.Join("/proc", told[1])); err == nil {
			t.Errorf("process %s still runs", told[1])
		}
	}
}

// pasteLines runs the lines that a demo has printed.
func pasteLines(t *testing.T, ctx context.Context, said string) {
	t.Helper()
	work := t.TempDir()
	bin, err := awsCLI(work, false)
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^AWS_.*$`).FindAllString(said, -1)
	if len(lines) != 3 {
		t.Fatalf("%d lines to paste, want 3:\n%s", len(lines), said)
	}
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", strings.Join(lines, "\n"))
	cmd.Dir = work
	cmd.Env = []string{"HOME=" + work, "PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "AWS_ACCESS_KEY_ID=another"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"debian", "openssl", "INSTANCEID"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the lines do not show %s:\n%s", want, out)
		}
	}
}

func TestClusterDemoRefuses(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--nodes 0":  "a fleet has nodes",
		"--every 0s": "it takes a time above zero",
	} {
		var stderr strings.Builder
		cmd := exec.Command("muster", append([]string{"cluster-demo"}, strings.Fields(args)...)...)
		cmd.Stderr = &stderr
		if err := cmd.Run(); err == nil || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: %v, %s", args, err, &stderr)
		}
	}
}
