package fleet

import "testing"

// TestGroups: a commit takes as many calls as the two before it in the mean, at least half of those that wait and a small group, and no more than there are or
// may be.
func TestGroups(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before  [2]int
		waiting int
		want    int
	}{
		{[2]int{0, 0}, 1, 1},
		{[2]int{1, 1}, 1, 1},
		{[2]int{19, 45}, 45, 32},
		{[2]int{45, 18}, 32, 32},
		{[2]int{32, 32}, 5, 5},
		{[2]int{1, 1}, 2, 2},
		{[2]int{1, 1}, 17, 16},
		{[2]int{10, 10}, 201, 101},
		{[2]int{10, 10}, 1000, maxGroup},
		{[2]int{maxGroup, maxGroup}, 1000, maxGroup},
		{[2]int{3, 3}, 0, 0},
	} {
		f := &Fleet{queue: queue{filled: make(chan struct{}, 1)}, taken: c.before}
		for range c.waiting {
			f.queue.add(&request{})
		}
		got := len(f.takeGroup())
		if left := f.queue.len(); got != c.want || left != c.waiting-got || f.taken != [2]int{c.before[1], got} {
			t.Errorf("after groups of %v, of %d that wait: %d, and %d are left, want %d; then the groups are %v", c.before, c.waiting, got, left, c.want, f.taken)
		}
	}
}
