//go:build race

package invariant_test

import (
	"testing"

	"muster/internal/invariant"
)

func TestCheckPanicsWithTheFormattedText(t *testing.T) {
	defer func() {
		want := "invariant broken: row 7 has 2 owners"
		if got := recover(); got != want {
			t.Errorf("recovered %v, want %q", got, want)
		}
	}()
	invariant.Check(false, "row %d has %d owners", 7, 2)
	t.Error("Check returned although its condition is false")
}

func TestCheckIsSilentWhenTheConditionHolds(t *testing.T) {
	invariant.Check(true, "never formatted %d", 1)
	if !invariant.Enabled {
		t.Error("Enabled is false in a race build")
	}
}
