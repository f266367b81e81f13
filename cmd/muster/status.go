package main

import (
	"errors"

	"muster/internal/ask"
)

// errNo ends the program with status 3 when the answer is no: there is no such node, or two differ.
var errNo = errors.New("the answer is no")

// status is what the program ends with: 1 when something went wrong, 2 when the command line is not understood, so that nothing has
// been begun, and 3 for errNo.
func status(err error, begun bool) int {
	_, filter := errors.AsType[*ask.Error](err)
	switch {
	case errors.Is(err, errNo):
		return 3
	case filter || !begun:
		return 2
	}
	return 1
}
