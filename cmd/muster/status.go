package main

import (
	"errors"
	"fmt"

	"muster/internal/ask"
)

// errNo ends the program with status 3 when the answer is no: there is no such node, or two differ.
var errNo = errors.New("the answer is no")

// usageError is an error of the command line that the commands notice themselves.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// status is what the program ends with: 1 when something went wrong, 2 when the command line is not understood, so that nothing has
// been begun, and 3 for errNo.
func status(err error, begun bool) int {
	_, filter := errors.AsType[*ask.Error](err)
	_, misused := errors.AsType[usageError](err)
	switch {
	case errors.Is(err, errNo):
		return 3
	case filter || misused || !begun:
		return 2
	}
	return 1
}
