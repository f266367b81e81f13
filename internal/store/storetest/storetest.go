// Package storetest is the promises of store.Store as tests, which every engine passes, and a store whose disk fails on
// demand for the tests of those who use one. It is not the tests of how an engine keeps its promises: those are beside it.
package storetest

import (
	"context"
	"errors"
	"testing"

	"muster"
	"muster/internal/store"
)

// Opener opens a store. After that one has been closed it opens the same one again.
type Opener func(t testing.TB) store.Store

// Run holds stores against the promises. Each call of fresh gives the opener of a new and empty store.
func Run(t *testing.T, fresh func(t testing.TB) Opener) {
	RunCases(t, fresh)
	t.Run("Model", func(t *testing.T) {
		t.Parallel()
		testModel(t, fresh)
	})
}

// RunCases is Run without the many random calls, which take their time where opening a store does.
func RunCases(t *testing.T, fresh func(t testing.TB) Opener) {
	for name, test := range map[string]func(t *testing.T, f *fixture){
		"Empty":              testEmpty,
		"Kinds":              testKinds,
		"Ownership":          testOwnership,
		"Group":              testGroup,
		"Group of many":      testGroupOfMany,
		"Refusals":           testRefusals,
		"Positions":          testPositions,
		"Idempotence":        testIdempotence,
		"Broken changes":     testBrokenChanges,
		"Cancellation":       testCancellation,
		"Deletes":            testDeletes,
		"Touch":              testTouch,
		"Histories":          testHistories,
		"Subtypes":           testSubTypes,
		"Rows":               testRows,
		"Rows of a group":    testRowsOfGroup,
		"Removed rows":       testRemovedRows,
		"Look-alike entries": testLookAlikes,
		"Decided content":    testDecidedContent,
		"Big item":           testBigItem,
		"Odd strings":        testOddStrings,
		"Derived records":    testDerived,
		"Associations":       testAssociations,
		"Load":               testLoad,
		"Load beside Commit": testLoadBesideCommit,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newFixture(t, fresh(t)))
		})
	}
}

// fixture is a store under test.
type fixture struct {
	t    testing.TB
	open Opener
	s    store.Store
}

func newFixture(t testing.TB, open Opener) *fixture {
	f := &fixture{t, open, open(t)}
	t.Cleanup(func() { f.s.Close() })
	return f
}

func (f *fixture) reopen() {
	f.t.Helper()
	if err := f.s.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.s = f.open(f.t)
}

// commit commits the calls as one group.
func (f *fixture) commit(calls ...store.Call) []store.Outcome {
	f.t.Helper()
	outcomes, err := f.s.Commit(context.Background(), calls)
	if err != nil {
		f.t.Fatal(err)
	}
	if len(outcomes) != len(calls) {
		f.t.Fatalf("%d outcomes of %d calls", len(outcomes), len(calls))
	}
	return outcomes
}

// put commits one call that makes the changes, and has to be accepted.
func (f *fixture) put(changes ...muster.Change) store.Outcome {
	f.t.Helper()
	o := f.commit(makes(changes...))[0]
	if o.Err != nil {
		f.t.Fatal(o.Err)
	}
	return o
}

// sees gives what a call sees under the keys.
func (f *fixture) sees(keys ...muster.Key) []muster.Record {
	f.t.Helper()
	var got []muster.Record
	f.commit(store.Call{Reads: keys, Decide: func(v store.View) ([]muster.Change, error) {
		got = nil
		for _, key := range keys {
			got = append(got, v.Get(key))
		}
		return nil, errRefused
	}})
	return got
}

// unchanged fails the test if do changes what the store holds, now or after a reopen.
func (f *fixture) unchanged(do func()) {
	f.t.Helper()
	before := f.load()
	do()
	f.same(before)
}

// same fails the test if the store does not hold the state, now and after a reopen.
func (f *fixture) same(want State) {
	f.t.Helper()
	for _, when := range []string{"at once", "reopened"} {
		if when == "reopened" {
			f.reopen()
		}
		if diff := f.load().Diff(want); diff != "" {
			f.t.Fatalf("%s, the store does not hold what it should:\n%s", when, diff)
		}
	}
}

func (f *fixture) load() State {
	f.t.Helper()
	st, err := Load(f.s)
	if err != nil {
		f.t.Fatal(err)
	}
	return st
}

var errRefused = errors.New("refused")

// makes is a call that makes the changes.
func makes(changes ...muster.Change) store.Call {
	return store.Call{Decide: func(store.View) ([]muster.Change, error) { return changes, nil }}
}

func refuses() store.Call {
	return store.Call{Decide: func(store.View) ([]muster.Change, error) { return nil, errRefused }}
}
