package muster

import (
	"cmp"
	"strconv"
	"strings"
)

// Version is a schema version: two numbers of one to six digits with a dot between.
type Version string

// Compare orders versions by number, so that 1.10 follows 1.9. The empty version comes before all.
func (v Version) Compare(w Version) int {
	vMajor, vMinor := v.numbers()
	wMajor, wMinor := w.numbers()
	return cmp.Or(cmp.Compare(vMajor, wMajor), cmp.Compare(vMinor, wMinor))
}

func (v Version) numbers() (major, minor int) {
	a, b, _ := strings.Cut(string(v), ".")
	if a == "" {
		return -1, -1
	}
	major, _ = strconv.Atoi(a)
	minor, _ = strconv.Atoi(b)
	return major, minor
}
