package storetest

import (
	"context"
	"errors"
	"testing"

	"muster/internal/store"
)

func TestFaulty(t *testing.T) {
	t.Parallel()
	f := NewFaulty(store.NewMemory())
	commit := func(day string) error {
		_, err := f.Commit(context.Background(), []store.Call{makes(nodeChange("i-1", day))})
		return err
	}
	for _, step := range []struct {
		fault    Fault
		is       error
		position int
	}{
		{NotWritten, errFault, 0},
		{UnknownLost, store.ErrUnknown, 0},
		{UnknownKept, store.ErrUnknown, 1},
		{Unwritable, store.ErrUnwritable, 1},
	} {
		f.Fail(step.fault)
		if err := commit("x"); !errors.Is(err, step.is) {
			t.Errorf("fault %d: the error is %v, want %v", step.fault, err, step.is)
		}
		if st, err := Load(f); err != nil || int(st.Position) != step.position {
			t.Errorf("fault %d: the position is %d, %v, want %d", step.fault, st.Position, err, step.position)
		}
	}
	if err := commit("x"); !errors.Is(err, store.ErrUnwritable) {
		t.Errorf("the error of the second commit to an unwritable store is %v", err)
	}
	f.FailLoads(errFault)
	if _, err := Load(f); !errors.Is(err, errFault) {
		t.Errorf("the error of Load is %v", err)
	}
	f.Mend()
	if err := commit("y"); err != nil {
		t.Error(err)
	}
	if st, err := Load(f); err != nil || st.Position != 2 {
		t.Errorf("mended, the position is %d, %v", st.Position, err)
	}
}

func TestFaultyWantsALoad(t *testing.T) {
	t.Parallel()
	f := NewFaulty(store.NewMemory())
	f.Fail(UnknownKept)
	f.Commit(context.Background(), nil)
	defer func() {
		if recover() == nil {
			t.Error("a commit after one of unknown outcome did not panic")
		}
	}()
	f.Commit(context.Background(), nil)
}
