package child

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func startShell(t *testing.T, script string) (*Process, error) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	command := exec.Command("sh", "-c", script)
	return Start(command, command.StdoutPipe, func(line string) bool { return line == "ready\n" })
}

func TestProcess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, script string
		want         string // in the error
	}{
		{"ends when it is told to", `trap 'exit 0' TERM; echo ready; while :; do :; done`, ""},
		{"had ended", `echo ready`, ""},
		{"writes lines of any length", `echo ready; head -c 300000 /dev/zero`, ""},
		{"fails when it is told to end", `trap 'exit 7' TERM; echo ready; while :; do :; done`, "exit status 7"},
		{"had failed", `echo ready; exit 7`, "exit status 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := startShell(t, c.script)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(c.script, "trap") {
				<-p.Ended()
			}
			if err := p.End(syscall.SIGTERM); (err != nil) != (c.want != "") || err != nil && err.Error() != c.want {
				t.Errorf("ended with %v, want %q", err, c.want)
			}
		})
	}
}

func TestProcessThatIsNeverReady(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		`echo there is no disk; exit 3`: "exit status 3\nthere is no disk\n",
		`echo goodbye`:                  "exit status 0\ngoodbye\n",
	} {
		if _, err := startShell(t, script); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", script, err, want)
		}
	}
}
