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
	Rows  int              // of the answer
	Hash  string           // of the answer, the same from all engines
	Times map[string]times // by engine
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

// turn is for how long an engine is asked in one round, if it answers more than once in it; turnMost is how often at most.
const (
	turn      = 300 * time.Millisecond
	turnMost  = 60
	turnLeast = 3 // if the answer takes less than a second
)

// measure asks every engine once and compares what they say, and then lets them take turns. The first time is not counted.
func measure(ctx context.Context, q *question, engines []engine) (*asked, error) {
	a := &asked{Times: map[string]times{}}
	var first *answer
	var turns []int
	var able []engine
	for _, e := range engines {
		began := time.Now()
		got, err := answerOf(ctx, e, q)
		if errors.Is(err, errNotAsked) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name(), err)
		}
		took := time.Since(began)
		if first == nil {
			first = got
		} else if d := first.differs(got); d != "" {
			return nil, fmt.Errorf("%s and %s answer differently: %s", engines[0].name(), e.name(), d)
		}
		able, turns = append(able, e), append(turns, turnsOf(took))
	}
	for range rounds {
		for i, e := range able {
			runtime.GC() // the garbage of the one before is not collected at the cost of this one
			for range turns[i] {
				began := time.Now()
				if err := e.ask(ctx, q, nil); err != nil {
					return nil, fmt.Errorf("%s: %w", e.name(), err)
				}
				a.Times[e.name()] = append(a.Times[e.name()], time.Since(began))
			}
		}
	}
	for _, e := range able {
		slices.Sort(a.Times[e.name()])
		progress("%s: %s: %s", q.title, e.name(), short(a.Times[e.name()].median()))
	}
	a.Rows, a.Hash = len(first.lines), fmt.Sprintf("%x", first.sum)
	return a, nil
}

// turnsOf is how often an engine is asked in one round.
func turnsOf(took time.Duration) int {
	n := min(int(turn/max(took, 1)), turnMost)
	if took < time.Second {
		return max(n, turnLeast)
	}
	return max(n, 1)
}
