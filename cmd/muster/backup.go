package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"muster/internal/daemon"
	"muster/internal/store/sqlite"
)

func newBackup() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Copy the data to a file, and back",
		Args:  cobra.NoArgs,
		RunE:  help,
	}
	cmd.PersistentFlags().StringVar(&data, "data", "muster-data", "data `directory`")
	cmd.AddCommand(
		&cobra.Command{
			Use:   "create FILE",
			Short: "Copy the data to a new file, while the server serves or not",
			Long:  "Copy the data to a new file: one consistent state, all that was acknowledged before it began. The server may go on serving.",
			Args:  cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				if err := sqlite.Backup(cmd.Context(), filepath.Join(data, daemon.DatabaseFile), args[0]); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), "wrote", args[0])
				return nil
			},
		},
		&cobra.Command{
			Use:   "restore FILE",
			Short: "Put a backup into an empty data directory",
			Long:  "Check the backup and put it into the data directory, which must not hold any data yet. The credentials file is not part of it; the keys are.",
			Args:  cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				if err := restore(cmd, args[0], data); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), "restored into", data)
				return nil
			},
		})
	return cmd
}

func restore(cmd *cobra.Command, file, data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	present, err := os.ReadDir(data)
	if err != nil {
		return err
	}
	if len(present) > 0 {
		return fmt.Errorf("%s is not empty: restore into a new directory, and start the server with --data on it", data)
	}
	if err := sqlite.Verify(cmd.Context(), file); err != nil {
		return fmt.Errorf("%s is not restored: %w", file, err)
	}
	return sqlite.Backup(cmd.Context(), file, filepath.Join(data, daemon.DatabaseFile))
}

func credentialsFile(data string) string { return filepath.Join(data, "credentials") }

// quote makes a path safe to paste into a shell.
func quote(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
