package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"muster"
	"muster/internal/store"
)

// viewNames gives the names of the views of a space.
func (r *rig) viewNames(space muster.Space) (names []string) {
	r.t.Helper()
	views, err := r.Views(space)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, v := range views {
		names = append(names, v.Name)
	}
	return names
}

func TestViews(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	memory := store.NewMemory()
	r := newSharedRig(t, memory, Config{})
	other := newSharedRig(t, memory, Config{})
	there := muster.Space{Account: here.Account, Region: "eu-north-1"}
	hostile := `<script>"'` + "\u202E\x00"
	kept := View{Name: hostile, Page: "nodes", Query: "q=name+%3D+x", By: "AKIA", Created: r.now().UTC()}
	for _, v := range []View{kept, {Name: "b"}, {Name: "a"}} {
		if err := r.KeepView(ctx, here, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.KeepView(ctx, there, View{Name: "a"}); err != nil {
		t.Fatal(err)
	}
	refused := func(v View, says string) {
		t.Helper()
		err := other.KeepView(ctx, here, v)
		if _, ok := errors.AsType[RefusedView](err); !ok || !strings.Contains(err.Error(), says) {
			t.Errorf("%.20q: %v, not %q", v.Name, err, says)
		}
	}
	refused(View{Name: "a", Page: "explore"}, "a view of this name")
	refused(View{}, "needs a name")
	refused(View{Name: "\xff"}, "needs a name")
	refused(View{Name: strings.Repeat("ü", MaxViewName+1)}, "more than 100 characters")
	refused(View{Name: "long", Query: strings.Repeat("q", MaxViewQuery+1)}, "more than 4096 bytes")
	for n := range MaxViews - 4 {
		if err := r.KeepView(ctx, here, View{Name: fmt.Sprint("c", n), Query: strings.Repeat("q", MaxViewQuery)}); err != nil {
			t.Fatal(err)
		}
	}
	// The last place goes to one of two servers.
	var errs [2]error
	var group sync.WaitGroup
	group.Go(func() { errs[0] = r.KeepView(ctx, here, View{Name: strings.Repeat("ü", MaxViewName)}) })
	group.Go(func() { errs[1] = other.KeepView(ctx, here, View{Name: "z"}) })
	group.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("of two for one place: %v", errs)
	}
	refused(View{Name: "one more"}, "100 views already")

	r.reopen()
	views, err := r.Views(here)
	if err != nil || len(views) != MaxViews || views[0] != kept || !slices.IsSorted(r.viewNames(here)) {
		t.Errorf("after a restart there are %d, %v; the first is %+v", len(views), err, views[0])
	}
	for _, name := range append(r.viewNames(here), "none") {
		if err := r.DropView(ctx, here, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.Current(ctx); err != nil {
		t.Fatal(err)
	}
	if got, left := other.viewNames(here), other.viewNames(there); len(got) != 0 || !slices.Equal(left, []string{"a"}) {
		t.Errorf("left are %q, and in the other region %q", got, left)
	}
}
