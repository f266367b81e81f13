package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// pages are the documents that people follow, by their path from here.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, name := range append(names, "../../README.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

var (
	fence  = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	inline = regexp.MustCompile("`([^`\n]+)`")
)

func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	found := 0
	for name, text := range pages(t) {
		for _, line := range documentedCommands(text) {
			found++
			if err := understands(line); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
		}
	}
	if found < 10 {
		t.Errorf("found %d commands; the documents have more", found)
	}
}

// documentedCommands gives the command lines of muster in a Markdown text, in fences and in the text, without "muster".
func documentedCommands(text string) []string {
	var code []string
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		code = append(code, strings.Split(block[2], "\n")...)
	}
	for _, span := range inline.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		code = append(code, span[1])
	}
	var commands []string
	for _, line := range code {
		for _, start := range []string{"muster ", "go run ./cmd/muster "} {
			if command, ok := strings.CutPrefix(strings.TrimSpace(line), start); ok {
				command, _, _ = strings.Cut(command, " #")
				command, _, _ = strings.Cut(command, " ||")
				commands = append(commands, command)
			}
		}
	}
	return commands
}

// understands says whether muster would run the line: its command, its flags and its number of arguments.
func understands(line string) error {
	root := newRoot()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	cmd, args, err := root.Find(strings.Fields(line))
	if err != nil {
		return err
	}
	err = cmd.ParseFlags(args)
	if err == pflag.ErrHelp {
		return nil
	}
	if err != nil {
		return err
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

func TestUnderstands(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"serve", "serve --collect --data x", "keys create --help", "backup create file", "collect --print"} {
		if err := understands(line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"server", "keys make", "serve --data", "serve --port 1", "serve now", "backup create", "collect --role read"} {
		if understands(line) == nil {
			t.Errorf("muster understands %s", line)
		}
	}
}

func TestDocumentedFlags(t *testing.T) {
	t.Parallel()
	flags := map[string]bool{}
	eachCommand(newRoot(), func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { flags["--"+f.Name] = true })
	})
	check, err := os.ReadFile("../../check")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range pages(t) {
		for _, span := range inline.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			flag, _, _ := strings.Cut(span[1], " ")
			if strings.HasPrefix(flag, "--") && !flags[flag] && !strings.Contains(string(check), flag) {
				t.Errorf("%s: there is no flag %s", name, flag)
			}
		}
	}
}

var flagRow = regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| ([^|]+) \\|")

func TestDocumentedDefaults(t *testing.T) {
	t.Parallel()
	rows := flagRow.FindAllStringSubmatch(pages(t)["../../docs/operators.md"], -1)
	if len(rows) == 0 {
		t.Fatal("no table of flags")
	}
	for _, row := range rows {
		flag := newServe().Flags().Lookup(row[1])
		if flag == nil {
			t.Errorf("serve has no flag --%s", row[1])
			continue
		}
		want := strings.Trim(row[2], "`")
		switch want {
		case "off":
			want = "false"
		case "none":
			want = ""
		}
		if flag.DefValue != want {
			t.Errorf("the default of --%s is %s, not %s", row[1], flag.DefValue, want)
		}
	}
}

// TestHelp holds every command to a help text that says something of it and of each flag.
func TestHelp(t *testing.T) {
	t.Parallel()
	eachCommand(newRoot(), func(cmd *cobra.Command) {
		var faults []string
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			faults = append(faults, "the short text is a phrase")
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				faults = append(faults, "--"+f.Name+" has no text")
			}
		})
		for line := range strings.Lines(cmd.Example) {
			if command, ok := strings.CutPrefix(strings.TrimSpace(line), "muster "); ok {
				command, _, _ = strings.Cut(command, " #")
				command, _, _ = strings.Cut(command, " >")
				if err := understands(command); err != nil {
					faults = append(faults, fmt.Sprintf("example %s: %v", command, err))
				}
			}
		}
		for _, fault := range faults {
			t.Errorf("%s: %s", cmd.CommandPath(), fault)
		}
	})
}

func eachCommand(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, sub := range cmd.Commands() {
		eachCommand(sub, f)
	}
}
