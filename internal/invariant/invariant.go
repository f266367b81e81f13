// Package invariant states what the code around it has made sure of, and panics in a -race build when it does not hold.
// It is not error handling: what a caller, a client or a disk can cause is an error, in every build.
package invariant

import "fmt"

// Check panics with the formatted text if ok is false and Enabled is true; otherwise it does nothing and, inlined,
// costs nothing. The arguments are evaluated in every build, so an ok that takes work to find out belongs inside
//
//	if invariant.Enabled {
//		invariant.Check(slices.IsSorted(ids), "ids of row %d are not sorted", row)
//	}
func Check(ok bool, format string, args ...any) {
	if Enabled && !ok {
		panic("invariant broken: " + fmt.Sprintf(format, args...))
	}
}
