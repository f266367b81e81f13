package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"runtime"
	"slices"
	"time"
)

// asked is what came of one question.
type asked struct {
	Rows    int                      // of the answer
	Hash    string                   // of the answer, the same from all engines
	First   map[string]time.Duration // by engine: the time of the first answer
	Times   map[string]times         // by engine
	Failed  map[string]string        `json:",omitempty"` // by engine that gave no answer: why
	Differs map[string]string        `json:",omitempty"` // by engine whose answer is another: the first row that is

	want *answer // of the engine that was asked first, which is muster
}

func newAsked() *asked {
	return &asked{First: map[string]time.Duration{}, Times: map[string]times{}, Failed: map[string]string{}, Differs: map[string]string{}}
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
	turn      = 150 * time.Millisecond
	turnMost  = 60 // times
	turnLeast = 3  // times, if the answer takes less than a second
)

// slow is an answer that is given five times and no more: the first one and the one that is compared count too, since it makes no
// odds there what is cold, nor that rows are read.
const slow = 3 * time.Second

// preparing is an engine for which something is to be done before each question, in time that is not measured.
type preparing interface {
	before(ctx context.Context, q *question) error
}

// measure asks every engine that is new to the question once and compares what it says. Then all that answer, and as the first
// one did, take turns.
func (a *asked) measure(ctx context.Context, q *question, engines []engine) {
	var able []engine
	for _, e := range engines {
		if _, known := a.First[e.name()]; known || a.meet(ctx, q, e) {
			able = append(able, e)
		}
	}
	for range rounds {
		for _, e := range able {
			if a.Failed[e.name()] == "" {
				a.turn(ctx, q, e)
			}
		}
	}
	for _, e := range able {
		name := e.name()
		if all := a.Times[name]; len(all) > 0 {
			slices.Sort(all)
			log.Printf("%s: %s: %s, at first %s", q.title, name, short(all.median()), short(a.First[name]))
		}
	}
}

// meet asks for the first time and then again for the whole answer, which has to be that of all others.
func (a *asked) meet(ctx context.Context, q *question, e engine) (able bool) {
	took, err := timeOf(ctx, e, q)
	if errors.Is(err, errNotAsked) {
		return false
	}
	if err != nil {
		a.fail(ctx, q, e, err)
		return false
	}
	got, err := answerOf(ctx, e, q)
	if err != nil {
		a.fail(ctx, q, e, err)
		return false
	}
	if a.want == nil {
		a.want, a.Rows, a.Hash = got, len(got.lines), fmt.Sprintf("%x", got.sum)
	}
	if d := a.want.differs(got); d != "" {
		a.Differs[e.name()] = d
		log.Printf("%s: %s answers differently: %s", q.title, e.name(), d)
		return false
	}
	a.First[e.name()] = took
	if took > slow {
		a.Times[e.name()] = times{took, got.took}
	}
	return true
}

// turn asks one engine as often as its turn has it.
func (a *asked) turn(ctx context.Context, q *question, e engine) {
	name := e.name()
	if a.First[name] > slow && len(a.Times[name]) >= rounds {
		return
	}
	runtime.GC() // the garbage of the one before is not collected at the cost of this one
	for range turnsOf(e, a.First[name]) {
		took, err := timeOf(ctx, e, q)
		if err != nil {
			a.fail(ctx, q, e, err)
			return
		}
		a.Times[name] = append(a.Times[name], took)
	}
}

// fail leaves of the engine only the reason why it has no times. When the run is stopped, that is no failure of the engine.
func (a *asked) fail(ctx context.Context, q *question, e engine, err error) {
	if ctx.Err() != nil {
		return
	}
	a.Failed[e.name()] = err.Error()
	delete(a.Times, e.name())
	log.Printf("%s: %s failed: %v", q.title, e.name(), err)
}

// timeOf is how long an engine takes for its answer.
func timeOf(ctx context.Context, e engine, q *question) (time.Duration, error) {
	if p, ok := e.(preparing); ok {
		if err := p.before(ctx, q); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	err := e.ask(ctx, q, nil)
	took := time.Since(began)
	return took, err
}

// turnsOf is how often an engine is asked in one round.
func turnsOf(e engine, first time.Duration) int {
	if _, ok := e.(preparing); ok {
		return 1
	}
	n := min(int(turn/max(first, 1)), turnMost)
	if first < time.Second {
		return max(n, turnLeast)
	}
	return max(n, 1)
}
