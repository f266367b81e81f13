package sim

import "testing"

// TestRowsAreShared: goroutines that meet at a row that nobody has made yet get the same one.
func TestRowsAreShared(t *testing.T) {
	t.Parallel()
	f := New(8, 1)
	m := &f.images[0]
	c := &f.catalogues[m.family]
	id := m.base[0]
	found := make(chan *row)
	for range 8 {
		go func() {
			s := &Scratch{fleet: f, image: m}
			found <- s.rowOf(c, id, 3)
		}()
	}
	first := <-found
	for range 7 {
		if r := <-found; r != first {
			t.Errorf("two rows: %v, %v", r, first)
		}
	}
	s := &Scratch{fleet: f, image: m}
	if other := s.rowOf(c, id, 4); other == first || other.version == first.version || other.packageID == first.packageID {
		t.Errorf("two versions are one row: %+v, %+v", first, other)
	}
	if s.rowOf(c, id, 3) != first {
		t.Error("the row was made again")
	}
}
