package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/internal/query"
)

// question is something that every engine is asked.
type question struct {
	id     string // names the query in the files of queries/
	title  string
	sorted bool // the order of the rows is part of the answer
	folded bool // the answer is names, whose letter case says nothing
	long   bool // the answer has thousands of rows
}

// questions in the order of the table.
var questions = []*question{
	{id: "platforms", title: "nodes by platform", folded: true},
	{id: "names", title: "nodes by application name, all groups", folded: true, long: true},
	{id: "names-page", title: "the same, the first page of 50", sorted: true, folded: true},
	{id: "versions", title: "name → version → platform, all groups", folded: true, long: true},
	{id: "versions-page", title: "the same, the first page of 50 names", sorted: true, folded: true},
	{id: "older", title: "name = x and version < y, the first 50 nodes", sorted: true},
	{id: "group", title: "a group of four filters, matching and not"},
	{id: "entries", title: "50 entries of one node, in their order", sorted: true},
}

// What the questions are about. The version is one that the fleet's compare with as their folded texts do, which every engine has an
// index for.
const (
	askedName    = "openssl"
	askedVersion = "3.1"
	pageSize     = 50
)

// engine is one form of the inventory in one product.
type engine interface {
	name() string

	// load takes in the fleet, which it is given once, and makes ready for questions.
	load(ctx context.Context, f *source) error

	// size is of what load left on disk, in bytes.
	size(ctx context.Context) (int64, error)

	// ask answers to the end. The rows are handed to visit, if it is not nil; its slice is not to be kept.
	ask(ctx context.Context, q *question, visit func(row []string)) error
}

// errNotAsked is an engine's answer to a question that is none for it.
var errNotAsked = errors.New("not asked")

// answer is all that an engine said to a question, in the form in which it can be compared.
type answer struct {
	took  time.Duration // with reading the rows
	lines []string
	sum   [sha256.Size]byte
}

// answerOf asks and keeps the answer.
func answerOf(ctx context.Context, e engine, q *question) (*answer, error) {
	a := &answer{}
	began := time.Now()
	err := e.ask(ctx, q, func(row []string) {
		line := strings.Join(row, "\t")
		if q.folded {
			line = query.Fold(line)
		}
		a.lines = append(a.lines, line)
	})
	if err != nil {
		return nil, err
	}
	a.took = time.Since(began)
	if !q.sorted {
		slices.Sort(a.lines)
	}
	hash := sha256.New()
	for _, line := range a.lines {
		fmt.Fprintln(hash, line)
	}
	hash.Sum(a.sum[:0])
	return a, nil
}

// differs shows the first line in which two answers differ, or is empty.
func (a *answer) differs(b *answer) string {
	if a.sum == b.sum {
		return ""
	}
	for i := range max(len(a.lines), len(b.lines)) {
		if x, y := a.line(i), b.line(i); x != y {
			return fmt.Sprintf("row %d of %d and %d: %q and %q", i+1, len(a.lines), len(b.lines), x, y)
		}
	}
	return "the hashes differ and the rows do not"
}

func (a *answer) line(i int) string {
	if i < len(a.lines) {
		return a.lines[i]
	}
	return "nothing"
}
