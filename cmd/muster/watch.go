package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muster"
	"muster/internal/client"
)

func newWatch() *cobra.Command {
	var f askFlags
	var every time.Duration
	var all bool
	var typ string
	var limit int
	cmd := &cobra.Command{
		Use:   "watch [FILTER]",
		Short: "Say which nodes arrive, leave, report and change, until interrupted",
		Long: `Look at the nodes, or those that pass a filter, again and again, and say which have arrived, left, reported and changed since. A look
asks for every node, 50 in a call: on a large fleet narrow it with a filter.`,
		Example: `  muster watch
  muster watch 'platform = Linux' --every 1m --type AWS:Service -o ndjson`,
		RunE: func(cmd *cobra.Command, args []string) error {
			filter, err := readFilter(args)
			if err != nil {
				return err
			}
			if every <= 0 {
				return usage("--every %s: it takes a time above zero, such as 5s", every)
			}
			out, err := newRows(cmd.OutOrStdout(), f.output, "Time", "InstanceId", "Event", "Detail")
			if err != nil {
				return err
			}
			c, err := f.client()
			if err != nil {
				return err
			}
			return watch{question{filter: filter, show: muster.TypeName(typ)}, c, out, every, limit, all}.run(cmd.Context())
		},
	}
	f.add(cmd)
	p := cmd.Flags()
	p.DurationVar(&every, "every", 5*time.Second, "`time` between two looks")
	p.BoolVar(&all, "all", false, "say of the nodes that are there at first that they have arrived")
	p.StringVar(&typ, "type", string(muster.TypeInstanceInformation), "`type` whose reports and changes to watch")
	p.IntVar(&limit, "limit", 0, "end after so many lines (default 0, go on)")
	return cmd
}

// watch is a run of the command.
type watch struct {
	question
	client *client.Client
	out    *rows
	every  time.Duration
	limit  int
	all    bool
}

// sight is what a node shows of the type.
type sight struct {
	captured muster.CaptureTime
	entries  []muster.Entry // in order
}

func (w watch) run(ctx context.Context) error {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	var before map[string]sight
	for first := true; ; first = false {
		now, err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return w.out.close()
		case err != nil:
			return err
		}
		if !first || w.all {
			for _, e := range events(before, now) {
				e[0].Value = time.Now().UTC().Format(time.RFC3339)
				if err := w.out.add(e...); err != nil {
					return err
				}
				if w.out.n == w.limit {
					return w.out.close()
				}
			}
		}
		if err := w.out.flush(); err != nil {
			return err
		}
		before = now
		select {
		case <-ctx.Done():
			return w.out.close()
		case <-tick.C:
		}
	}
}

func (w watch) look(ctx context.Context) (map[string]sight, error) {
	now := map[string]sight{}
	for e, err := range w.entities(ctx, w.client) {
		if err != nil {
			return nil, err
		}
		item := e.Data[string(w.show)]
		slices.SortFunc(item.Content, muster.Entry.Compare)
		now[e.Id] = sight{item.CaptureTime, item.Content}
	}
	return now, nil
}

// events gives what happened between two looks, by node. The time is left to whoever says it.
func events(before, now map[string]sight) [][]muster.Field {
	var all [][]muster.Field
	add := func(node, event, detail string) {
		all = append(all, []muster.Field{{Name: "Time"}, {Name: "InstanceId", Value: node}, {Name: "Event", Value: event}, {Name: "Detail", Value: detail}})
	}
	ids := maps.Clone(now)
	maps.Copy(ids, before)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		was, had := before[id]
		is, has := now[id]
		switch {
		case !had:
			add(id, "arrived", string(is.captured))
		case !has:
			add(id, "left", "")
		case !slices.EqualFunc(was.entries, is.entries, muster.Entry.Equal):
			add(id, "changed", changes(was.entries, is.entries))
		case was.captured != is.captured:
			add(id, "reported", string(is.captured))
		}
	}
	return all
}

// changes says what is different: of one entry its attributes, of lists the entries that came and went.
func changes(was, is []muster.Entry) string {
	var texts []string
	if len(was) == 1 && len(is) == 1 {
		for _, f := range is[0] {
			if value, _ := was[0].Get(f.Name); value != f.Value {
				texts = append(texts, f.Name+": "+value+" -> "+f.Value)
			}
		}
		for _, f := range was[0] {
			if _, ok := is[0].Get(f.Name); !ok {
				texts = append(texts, f.Name+": "+f.Value+" -> (none)")
			}
		}
		return strings.Join(texts, ", ")
	}
	for _, side := range []struct {
		sign        string
		these, less []muster.Entry
	}{{"-", was, is}, {"+", is, was}} {
		for _, e := range side.these {
			if !slices.ContainsFunc(side.less, e.Equal) {
				texts = append(texts, side.sign+"("+entryText(e)+")")
			}
		}
	}
	return strings.Join(texts, " ")
}
