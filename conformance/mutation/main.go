// Command mutation breaks rules of the server, one changed line at a time, and sees whether a conformance case turns red. It
// changes no file: the compiler reads the changed one through an overlay.
//
//	go run ./mutation [WORD]
//
// is run in the folder conformance; with a word only for the mutations whose title has it.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const list = "mutations.txt"

// mutation is one broken rule.
type mutation struct {
	title    string // the rule
	file     string // below the root of the repository
	old, new string // a line
}

func main() {
	word := ""
	if len(os.Args) > 1 {
		word = os.Args[1]
	}
	if err := run(word); err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		os.Exit(1)
	}
}

func run(word string) error {
	text, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	mutations, err := parse(string(text))
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "mutation")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)

	// A tree that is red to begin with would seem to kill them all.
	if first, out := runCases(scratch, nil); first != "" {
		return fmt.Errorf("%s fails with no rule broken\n%s", first, out)
	}
	tried, bad := 0, 0
	for _, m := range mutations {
		if !strings.Contains(m.title, word) {
			continue
		}
		tried++
		began := time.Now()
		verdict, ok := m.try(scratch)
		if !ok {
			bad++
		}
		fmt.Printf("%-6s %-70s %s (%s)\n", map[bool]string{true: "ok", false: "BAD"}[ok], m.title, verdict, time.Since(began).Round(100*time.Millisecond))
	}
	if tried == 0 {
		return errors.New("no mutation was tried")
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d mutations were not noticed or could not be made", bad, tried)
	}
	return nil
}

// try says which case noticed.
func (m mutation) try(scratch string) (verdict string, ok bool) {
	path, err := filepath.Abs(filepath.Join("..", m.file))
	if err != nil {
		return err.Error(), false
	}
	changed, err := m.apply(path)
	if err != nil {
		return err.Error(), false
	}
	copied := filepath.Join(scratch, "changed.go")
	if err := os.WriteFile(copied, []byte(changed), 0o644); err != nil {
		return err.Error(), false
	}
	first, out := runCases(scratch, map[string]string{path: copied})
	switch first {
	case "":
		return "SURVIVED", false
	case doesNotBuild:
		return doesNotBuild + ": " + out, false
	}
	return first, true
}

func (m mutation) apply(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	lines, found := strings.Split(string(text), "\n"), 0
	for i, line := range lines {
		if strings.TrimSpace(line) == m.old {
			found++
			lines[i] = m.new
		}
	}
	if found != 1 {
		return "", fmt.Errorf("its line is %d times in %s: %s", found, m.file, m.old)
	}
	return strings.Join(lines, "\n"), nil
}

const doesNotBuild = "does not build"

// runCases runs the cases with files replaced, and gives the first that fails, if any does, or doesNotBuild.
func runCases(scratch string, replace map[string]string) (first, out string) {
	overlay, binary := filepath.Join(scratch, "overlay.json"), filepath.Join(scratch, "cases.test")
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return doesNotBuild, err.Error()
	}
	if err := os.WriteFile(overlay, text, 0o644); err != nil {
		return doesNotBuild, err.Error()
	}
	if built, err := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", binary, ".").CombinedOutput(); err != nil {
		return doesNotBuild, string(built)
	}
	ran, err := exec.Command(binary, "-test.failfast", "-test.timeout=5m", "-test.run=^(TestCases|TestExamples|TestPaginators)$").CombinedOutput()
	if err == nil {
		return "", ""
	}
	// The innermost failures are printed last, with the deepest names.
	first = "the whole run"
	for line := range strings.Lines(string(ran)) {
		name, failed := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: ")
		if name, _, _ = strings.Cut(name, " "); failed && strings.Count(name, "/") >= strings.Count(first, "/") {
			first = name
		}
	}
	return first, string(ran)
}

// parse reads blocks of four lines: the title after "# ", the file, the line after "- ", what it becomes after "+ ". White space
// around a line of code does not count.
func parse(text string) (mutations []mutation, err error) {
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		if len(lines) != 4 || !strings.HasPrefix(lines[0], "# ") || !strings.HasPrefix(lines[2], "- ") || !strings.HasPrefix(lines[3], "+ ") {
			return nil, fmt.Errorf("%s: not a title, a file, a line and its change:\n%s", list, block)
		}
		mutations = append(mutations, mutation{lines[0][2:], lines[1], strings.TrimSpace(lines[2][2:]), strings.TrimSpace(lines[3][2:])})
	}
	return mutations, nil
}
