// Command muster keeps the inventory of a fleet and answers questions about it, in the words of AWS Systems Manager Inventory.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	cobra.EnableCommandSorting = false // --help has the order of newRoot
	root, begun := newRoot(), false
	root.PersistentPreRun = func(*cobra.Command, []string) { begun = true }
	cmd, err := root.ExecuteContextC(untilSignal())
	if err == nil {
		return
	}
	if !errors.Is(err, errTold) && !errors.Is(err, errNo) {
		fmt.Fprintln(os.Stderr, "muster:", advise(err))
	}
	if !begun {
		fmt.Fprintln(os.Stderr, "Try", cmd.CommandPath(), "--help")
	}
	os.Exit(status(err, begun))
}

// untilSignal gives a context that ends with the first signal to stop. A second one ends the program at once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()
	return ctx
}

// errTold ends the program with status 1 when what went wrong has been said already.
var errTold = errors.New("told")

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "muster",
		Short: "The inventory of a fleet, behind the API of AWS Systems Manager Inventory",
		Long: `muster keeps the inventory of a fleet and answers questions about it, in the words of
AWS Systems Manager Inventory: any AWS CLI or SDK works with it, unchanged.

Begin with

  muster serve --collect

which serves on http://127.0.0.1:8181, reports this very machine, and says what to try next. Then, in the same folder,

  muster nodes
  muster count AWS:Application.Name`,
		Version:           version(),
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
	}
	root.SetVersionTemplate("muster {{.Version}}\n")
	for _, group := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"The server:", []*cobra.Command{newServe(), newKeys(), newActivation(), newBackup(), newMigrate(), newDeleteType(), newSim(), newClusterDemo()}},
		{"The machines that report to it:", []*cobra.Command{newEnroll(), newAgent(), newCollect(), newPut()}},
		{"Questions about them:", []*cobra.Command{newNodes(), newNode(), newQuery(), newCount(), newTypes(), newDiff(), newWatch()}},
	} {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title})
		for _, c := range group.commands {
			c.GroupID = group.title
		}
		root.AddCommand(group.commands...)
	}
	root.AddCommand(newVersion(), newMan())
	return root
}

// help is what a command that only has subcommands does. Without it cobra takes a mistyped subcommand for success.
func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), "muster", version())
		},
	}
}

// version is what the build says: the module's version, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

// newLog writes text to a terminal and JSON elsewhere.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
