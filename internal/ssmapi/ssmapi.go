// Package ssmapi holds the shapes that cross the wire, under AWS's names, and what the service model demands of them. It does
// not know how they travel (that is awsjson) nor what they mean (that is server).
//
// A member is a pointer, or a nil-able slice, where its absence says something else than its zero value, if only to the check
// of its constraints. Every member that [Checker] found present and required can be dereferenced.
package ssmapi

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
