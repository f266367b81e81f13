//go:build !race

package invariant_test

import (
	"testing"

	"muster/internal/invariant"
)

func TestCheckIsFreeWithoutTheRaceDetector(t *testing.T) {
	row, owners := 1000, "two hosts"
	allocs := testing.AllocsPerRun(100, func() {
		invariant.Check(row < 0, "row %d belongs to %s", row, owners)
	})
	if allocs != 0 {
		t.Errorf("Check allocates %v times a call, want 0", allocs)
	}
	if invariant.Enabled {
		t.Error("Enabled is true without the race detector")
	}
}
