//go:build !race

package invariant

// Enabled tells whether Check looks at its arguments. It follows the race detector, because that is the build that
// tests run and that nobody measures.
const Enabled = false
