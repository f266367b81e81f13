package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// asked is what came of one question.
type asked struct {
	Rows  int                      // of the answer
	Hash  string                   // of the answer, the same from all engines
	First map[string]time.Duration // by engine: the time that is not counted
	Times map[string]times         // by engine
}

// times are those of one engine, ascending.
type times []time.Duration

// median is the middle one.
func (t times) median() time.Duration { return t[len(t)/2] }

// p99 is what all but one in a hundred stay below; too few tell nothing of it.
func (t times) p99() (p99 time.Duration, ok bool) { return t[len(t)*99/100], len(t) >= 100 }

// rounds is how many times the engines take turns. In each, a quick one is asked several times in a row: a question that comes
// alone after the others' work would find every cache cold, one of a thousand none.
const rounds = 5

// turn is for how long an engine is asked in one round, if it answers more than once in it.
const (
	turn      = 300 * time.Millisecond
	turnMost  = 60 // times
	turnLeast = 3  // times, if the answer takes less than a second or needs something to be done before
)

// preparing is an engine for which something is to be done before each question, in time that is not measured.
type preparing interface {
	before(ctx context.Context) error
}

// measure asks every engine once, compares what they say, and then lets them take turns.
func measure(ctx context.Context, q *question, engines []engine) (*asked, error) {
	a := &asked{First: map[string]time.Duration{}, Times: map[string]times{}}
	var able []engine
	for _, e := range engines {
		took, err := timeOf(ctx, e, q)
		if errors.Is(err, errNotAsked) {
			continue
		}
		if err != nil {
			return nil, err
		}
		a.First[e.name()] = took
		able = append(able, e)
	}
	if err := a.agree(ctx, q, able); err != nil {
		return nil, err
	}
	for range rounds {
		for _, e := range able {
			runtime.GC() // the garbage of the one before is not collected at the cost of this one
			for range turnsOf(e, a.First[e.name()]) {
				took, err := timeOf(ctx, e, q)
				if err != nil {
					return nil, err
				}
				a.Times[e.name()] = append(a.Times[e.name()], took)
			}
		}
	}
	for _, e := range able {
		slices.Sort(a.Times[e.name()])
		progress("%s: %s: %s, at first %s", q.title, e.name(), short(a.Times[e.name()].median()), short(a.First[e.name()]))
	}
	return a, nil
}

// agree asks all for the whole answer. Any two have to be the same.
func (a *asked) agree(ctx context.Context, q *question, engines []engine) error {
	var first *answer
	for _, e := range engines {
		got, err := answerOf(ctx, e, q)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name(), err)
		}
		if first == nil {
			first = got
		}
		if d := first.differs(got); d != "" {
			return fmt.Errorf("%s and %s answer differently: %s", engines[0].name(), e.name(), d)
		}
	}
	a.Rows, a.Hash = len(first.lines), fmt.Sprintf("%x", first.sum)
	return nil
}

// timeOf is how long an engine takes for its answer.
func timeOf(ctx context.Context, e engine, q *question) (time.Duration, error) {
	if p, ok := e.(preparing); ok {
		if err := p.before(ctx); err != nil {
			return 0, fmt.Errorf("%s: %w", e.name(), err)
		}
	}
	began := time.Now()
	err := e.ask(ctx, q, nil)
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", e.name(), err)
	}
	return took, nil
}

// turnsOf is how often an engine is asked in one round.
func turnsOf(e engine, first time.Duration) int {
	if _, ok := e.(preparing); ok {
		return turnLeast
	}
	n := min(int(turn/max(first, 1)), turnMost)
	if first < time.Second {
		return max(n, turnLeast)
	}
	return max(n, 1)
}
