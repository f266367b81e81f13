package ui

import "slices"

// first keeps the first few of many by an order, in that order.
type first[T any] struct {
	most    int
	compare func(a, b T) int
	kept    []T
}

func (f *first[T]) add(x T) {
	if len(f.kept) == f.most && f.compare(x, f.kept[f.most-1]) >= 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(f.kept, x, f.compare)
	f.kept = slices.Insert(f.kept, at, x)[:min(f.most, len(f.kept)+1)]
}
