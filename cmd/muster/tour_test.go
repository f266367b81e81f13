package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTour pastes the commands of the README, in their order, into a shell beside a running server. With MUSTER_SLOW=1 it does
// so with the real AWS CLI, if there is one: that takes a second or two a command.
func TestTour(t *testing.T) {
	t.Parallel()
	const serve, local = "go run ./cmd/muster serve --collect", "http://127.0.0.1:8181"
	var lines []string
	for _, block := range fence.FindAllStringSubmatch(pages(t)["../../README.md"], -1) {
		if block[1] == "sh" && !strings.HasPrefix(block[2], "./check") {
			lines = append(lines, strings.TrimSpace(block[2]))
		}
	}
	if len(lines) < 8 || lines[0] != serve || !strings.Contains(lines[1], local) {
		t.Fatalf("the README does not begin with %s, and an endpoint of %s: %q", serve, local, lines)
	}

	work := t.TempDir()
	bin, err := awsCLI(work, os.Getenv("MUSTER_SLOW") != "")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + work, "PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH")}
	var s server
	if err := s.start(work, env, "--collect"); err != nil {
		t.Fatal(err)
	}
	defer s.kill()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := s.log.wait(ctx, "inventory reported"); err != nil {
		t.Fatal(err)
	}

	script := strings.Join(lines[1:], "\n")
	script = strings.ReplaceAll(script, local, s.url)
	script = strings.ReplaceAll(script, "go run ./cmd/muster", "muster")
	cmd := exec.CommandContext(ctx, "sh", "-e", "-v", "-c", script)
	cmd.Dir, cmd.Env = work, env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, stdout, &stderr)
	}
	// What the tour promises, in its order.
	rest := string(stdout)
	for _, promised := range []string{
		`"AWS:InstanceInformation"`, `"ComputerName"`, // this machine
		`"openssl"`, `"postgresql-15"`, // one node, in the order of the put
		`"mi-0123456789abcdef0"`, `"db-7"`, // the filters
		`"Bay B/Row C/Rack D"`,
		`"AWS:Application"`, `"postgresql-15"`, // the count by package
		`"debian gnu/linux"`,
		`"Racked"`, `"matchingCount"`,
		`"RackLocation"`,                      // the schema
		"db-7", "INSTANCEID", "postgresql-15", // in a few words
		`"DeletionId"`, `"InventoryDeletions"`,
		"muster enroll --endpoint", // the lines of the activation
		`"Items"`,                  // what would be reported
	} {
		_, after, found := strings.Cut(rest, promised)
		if !found {
			t.Fatalf("the tour does not show %s in its place:\n%s\n%s", promised, stdout, &stderr)
		}
		rest = after
	}
}
