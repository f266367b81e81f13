package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/internal/client"
	"muster/internal/ssmapi"
)

// What an agent may take of its machine.
const (
	footprintMemory = 30 << 20 // bytes resident
	footprintCPU    = time.Second
)

// TestAgentFootprint holds the program as it is built for users, not this one of the tests, to what an agent may take.
func TestAgentFootprint(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	program := filepath.Join(work, "muster")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var s server
	env := []string{"PATH=" + os.Getenv("PATH")}
	if err := s.start(work, env); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	c := crashClient(t, &s)
	enrolHere(t, c, program, s.url, work)

	var a process
	cmd := exec.Command(program, "agent", "--dir", "state", "--jitter", "10ms", "--poll-every", "500ms")
	cmd.Dir, cmd.Env = work, env
	if err := a.begin(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.kill)
	const runs = 5
	for run := range runs {
		if run > 0 {
			startAssociation(t, c)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := a.log.waitNext(ctx, `"msg":"inventory reported"`); err != nil {
			t.Fatal(err)
		}
	}
	resident, most, cpu := footprint(t, a.cmd.Process.Pid)
	t.Logf("%.1f MB resident, %.1f MB at most, %v of CPU a run", float64(resident)/1e6, float64(most)/1e6, cpu/runs)
	if most > footprintMemory {
		t.Errorf("%d bytes resident at most, want %d", most, footprintMemory)
	}
	if cpu > runs*footprintCPU {
		t.Errorf("%v of CPU in %d runs", cpu, runs)
	}
	if err := a.stop(); err != nil {
		t.Error(err)
	}
}

// enrolHere enrols this machine by an activation of its own.
func enrolHere(t *testing.T, c *client.Client, program, url, work string) {
	t.Helper()
	out, err := client.Call[ssmapi.CreateActivationInput, ssmapi.CreateActivationOutput](t.Context(), c, "CreateActivation",
		&ssmapi.CreateActivationInput{IamRole: new("r")})
	if err != nil {
		t.Fatal(err)
	}
	enroll := exec.Command(program, "enroll", "--endpoint", url, "--code", out.ActivationCode, "--id", out.ActivationId, "--dir", "state")
	enroll.Dir = work
	if out, err := enroll.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// startAssociation has the node report at its next poll.
func startAssociation(t *testing.T, c *client.Client) {
	t.Helper()
	list, err := client.Call[ssmapi.ListAssociationsInput, ssmapi.ListAssociationsOutput](t.Context(), c, "ListAssociations", nil)
	if err != nil || len(list.Associations) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	_, err = client.Call[ssmapi.StartAssociationsOnceInput, ssmapi.StartAssociationsOnceOutput](t.Context(), c, "StartAssociationsOnce",
		&ssmapi.StartAssociationsOnceInput{AssociationIds: ssmapi.List[string]{string(list.Associations[0].AssociationId)}})
	if err != nil {
		t.Fatal(err)
	}
}

var statusLine = regexp.MustCompile(`(?m)^(VmRSS|VmHWM):\s+([0-9]+) kB$`)

// footprint is what the kernel says of a process: memory that it has, and has had at most, in bytes, and processor time.
func footprint(t *testing.T, pid int) (resident, most int64, cpu time.Duration) {
	t.Helper()
	proc := fmt.Sprintf("/proc/%d/", pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int64{}
	for _, line := range statusLine.FindAllStringSubmatch(string(status), -1) {
		kilobytes, err := strconv.ParseInt(line[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sizes[line[1]] = kilobytes << 10
	}
	stat, err := os.ReadFile(proc + "stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // after the name, which may have spaces
	fields := strings.Fields(rest)
	const utime, stime, ticksPerSecond = 14 - 3, 15 - 3, 100 // the fields by proc(5), counted from the third
	for _, field := range []int{utime, stime} {
		ticks, err := strconv.Atoi(fields[field])
		if err != nil {
			t.Fatal(err)
		}
		cpu += time.Duration(ticks) * time.Second / ticksPerSecond
	}
	if sizes["VmRSS"] == 0 || cpu == 0 {
		t.Fatalf("the kernel says nothing of it: %v, %v", sizes, cpu)
	}
	return sizes["VmRSS"], sizes["VmHWM"], cpu
}
