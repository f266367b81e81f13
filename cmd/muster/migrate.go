package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"muster/internal/daemon"
	"muster/internal/sim"
	"muster/internal/store/transfer"
)

func newMigrate() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use:   "migrate --from STORE --to STORE",
		Short: "Move the inventory to another store",
		Long: `Move everything from one store to another, which has to be empty: nodes, items, types, associations,
access keys and the secrets of tokens and sessions. A store is sqlite:DIRECTORY, where DIRECTORY is the
data directory of a server, or postgres://user@host/database.

Stop all servers of both stores before. The source stays as it is. A run that was interrupted can be run
again; a server refuses a store to which not everything has been moved. At the end both are read and compared.`,
		Example: `  muster migrate --from sqlite:/var/lib/muster --to postgres://muster@db-1/muster
  muster serve --store postgres://muster@db-1/muster`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return migrate(cmd.Context(), from, to, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the `store` that has the inventory")
	cmd.Flags().StringVar(&to, "to", "", "the `store` that is to have it")
	return cmd
}

func migrate(ctx context.Context, from, to string, out, progress io.Writer) (err error) {
	if from == "" || to == "" || from == to {
		return usage("name two stores, with --from and --to")
	}
	source, err := daemon.OpenStore(ctx, from)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := daemon.OpenStore(ctx, to)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	show, began := newProgress(progress), time.Now()
	moved, err := transfer.Copy(ctx, source, target, func(done, all int) {
		show(sim.Progress{Phase: "moved", Done: done, All: all, Took: time.Since(began)})
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "moved and compared:", moved)
	return nil
}
