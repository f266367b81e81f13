package fleet

import (
	"context"
	"testing"
	"time"

	"muster"
)

// TestActivationsAreForgotten when they have been expired for as long as a silent node is kept.
func TestActivationsAreForgotten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := context.Background()
		r := newRig(t, Config{})
		var ids [2]string
		for i := range ids {
			id, _, err := r.CreateActivation(ctx, here, muster.Activation{Limit: 1, Created: r.now(), Expires: r.now().Add(time.Duration(i+1) * day)})
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = id
		}
		r.live(31*day - time.Hour)
		if got := r.Activations(here); len(got) != 2 {
			t.Errorf("within 30 days there are %v", got)
		}
		r.live(2 * time.Hour)
		for range 2 {
			if got := r.Activations(here); len(got) != 1 || got[0].ID != ids[1] {
				t.Errorf("after 30 days there are %v, want %s alone", got, ids[1])
			}
			r.reopen()
		}
	})
}
