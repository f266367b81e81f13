package fleet

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"muster"
)

// TestPartsOfComplianceHaveALimit: what a node adds to is no larger than what it may put at once.
func TestPartsOfComplianceHaveALimit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		bytes   int64
		entries func(call int) []muster.Entry
		calls   int // that are taken
	}{
		"bytes": {100, func(call int) []muster.Entry { return []muster.Entry{entry("Id", fmt.Sprintf("%010d", call))} }, 8},
		"entries": {0, func(call int) []muster.Entry {
			some := make([]muster.Entry, muster.MaxEntries/2)
			for i := range some {
				some[i] = entry("Status", muster.Compliant) // of no Id, so that it replaces none
			}
			return some
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, Config{Limits: &muster.Limits{ComplianceBytes: c.bytes}})
			for call := range c.calls + 1 {
				it := item(muster.TypeComplianceItem, c.entries(call)...)
				it.Context = entry("ComplianceType", "Association")
				err := r.PutCompliance(ctx, here, "i-1", it, true)
				if taken := call < c.calls; taken && err != nil || !taken && !errors.Is(err, muster.ErrComplianceSize(0)) {
					t.Fatalf("call %d: %v", call, err)
				}
			}
		})
	}
}
