package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestCommandLinePage pastes the commands of docs/cli.md, in their order, into a shell beside a running server.
func TestCommandLinePage(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, block := range fence.FindAllStringSubmatch(pages(t)["../../docs/cli.md"], -1) {
		lines = append(lines, block[2])
	}
	work := t.TempDir()
	env := []string{"HOME=" + work, "PATH=" + os.Getenv("PATH")}
	var s server
	if err := s.start(work, env); err != nil {
		t.Fatal(err)
	}
	defer s.kill()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-e", "-v", "-c", strings.Join(lines, "\n"))
	cmd.Dir, cmd.Env = work, append(env, "AWS_ENDPOINT_URL="+s.url)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, stdout, &stderr)
	}
	// What the page promises, in its order.
	rest := string(stdout)
	for _, promised := range []string{
		"mi-0123456789abcdef0  db-7",  // below 3.0.7
		"mi-0123456789abcdef1  web-1", // not below it
		"GetInventory {", "aws ssm get-inventory --endpoint-url " + s.url, "Muster.QueryInventory {",
		"COUNT\n1\n", "openssl  3.0.2", "INSTANCEID", "openssl", `"Rack": "7"`,
		"AWS:Application", "openssl", "Custom:RackInfo  1.0", "Custom:RackInfo  changed  Rack=7  Rack=8\n",
		"Name=openssl Version=3.0.2\n", "Name=openssl Version=3.1.4\n",
		"arrived", "arrived", "would be deleted from 1 nodes", "deleted Custom:RackInfo from 1 of 1 nodes",
	} {
		_, after, found := strings.Cut(rest, promised)
		if !found {
			t.Fatalf("the page does not show %q in its place:\n%s\n%s", promised, stdout, &stderr)
		}
		rest = after
	}
	if _, err := os.Stat(work + "/man1/muster-nodes.1"); err != nil {
		t.Error(err)
	}
}
