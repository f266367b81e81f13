package index

// generation numbers the batches of an index. Everything persistent carries the generation that made it: what the current batch
// made is written in place, what an older one made is copied first, for a snapshot may be reading it.
type generation uint64

const pageSize = 256

// vector is a persistent array that grows as it is written. What was never set is zero. A copy of the struct is a snapshot of
// it: later writes to either must pass a generation newer than the copy.
type vector[T comparable] struct {
	gen   generation
	pages []*page[T] // by index / pageSize; nil where nothing was set
	owned []uint64   // a bit for each page that the generation has made: with a number in the page, that would take more than the allocator's sizes fit
}

type page[T comparable] [pageSize]T

func (v *vector[T]) get(i uint32) T {
	if p := v.page(i); p != nil {
		return p[i%pageSize]
	}
	var zero T
	return zero
}

func (v *vector[T]) page(i uint32) *page[T] {
	if at := int(i / pageSize); at < len(v.pages) {
		return v.pages[at]
	}
	return nil
}

// cap is an index above all that were set.
func (v *vector[T]) cap() uint32 { return uint32(len(v.pages)) * pageSize }

func (v *vector[T]) set(g generation, i uint32, value T) { *v.at(g, i) = value }

// drop sets a cell to zero, and gives up its page when nothing is left there.
func (v *vector[T]) drop(g generation, i uint32) {
	var zero T
	if v.page(i) == nil {
		return
	}
	v.set(g, i, zero)
	if p := v.page(i); *p == (page[T]{}) {
		v.pages[i/pageSize] = nil
	}
}

// at gives the cell for writing, until the batch ends.
func (v *vector[T]) at(g generation, i uint32) *T {
	at := int(i / pageSize)
	if v.gen != g {
		v.pages = append(make([]*page[T], 0, max(at+1, len(v.pages))), v.pages...)
		v.owned = make([]uint64, len(v.pages)/64+1)
		v.gen = g
	}
	for len(v.pages) <= at {
		v.pages = append(v.pages, nil)
	}
	for len(v.owned) <= at/64 {
		v.owned = append(v.owned, 0)
	}
	p, word, bit := v.pages[at], &v.owned[at/64], uint64(1)<<(at%64)
	if p != nil && *word&bit != 0 { // nothing is written then: see table.place
		return &p[i%pageSize]
	}
	if p == nil {
		p = new(page[T])
	} else {
		p = new(*p)
	}
	v.pages[at] = p
	*word |= bit
	return &p[i%pageSize]
}
