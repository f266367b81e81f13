package main

import "context"

// afterReports is muster in process, asked when nodes have reported since it was asked last. It keeps what it has counted and found and goes on
// from there, which a fleet that stands still would show too well: no other engine here keeps anything.
type afterReports struct{ *inProcess }

// reportsBetween is how many nodes have changed packages: as many as report in two seconds in a fleet of 100,000, where each does
// every half hour.
const reportsBetween = 100

func (m *afterReports) name() string { return "muster, 100 nodes changed" }

// load has nothing to do: the fleet is there.
func (m *afterReports) load(context.Context, *source) error { return nil }

func (m *afterReports) size(context.Context) (int64, error) { return 0, nil }

func (m *afterReports) ask(ctx context.Context, q *question, visit func([]string)) error {
	if q.id == "entries" { // of which nothing is kept
		return errNotAsked
	}
	return m.inProcess.ask(ctx, q, visit)
}

// before has nodes report that their packages were updated, asks, and has them report that they are as at first: then they have changed since
// the question was asked last, and the answer is that of all engines.
func (m *afterReports) before(ctx context.Context, q *question) error {
	changed := min(reportsBetween, len(m.source.ids))
	if err := m.put(ctx, changed, 1); err != nil {
		return err
	}
	if err := m.ask(ctx, q, nil); err != nil {
		return err
	}
	return m.put(ctx, changed, 0)
}
