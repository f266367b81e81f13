package postgres

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"muster"
	"muster/internal/store"
)

// uses is which dictionary rows items have taken of late, for the calls of a group that remove rows. Whoever makes such a call knows
// that no item had them at some position. What came after is in the feed, up to the group, and in the group itself.
type uses struct {
	since muster.Position // of the removals the earliest
	whole bool            // the feed goes back that far
	last  map[typeRow]muster.Position
	left  map[*store.Outcome]map[muster.Key]bool // removals that are not to be
}

// typeRow is a dictionary row.
type typeRow struct {
	of int32 // type
	id muster.RowID
}

// queueUses asks for what has been committed since, if a call of the group removes rows. The lock is held, so that nothing is added.
func (g *group) queueUses(b *pgx.Batch) {
	for _, c := range g.rows {
		if c.of != nil {
			continue
		}
		if g.uses == nil {
			g.uses = &uses{since: c.was, last: map[typeRow]muster.Position{}, left: map[*store.Outcome]map[muster.Key]bool{}}
		}
		g.uses.since = min(g.uses.since, c.was)
	}
	u := g.uses
	if u == nil {
		return
	}
	if u.since >= g.start {
		u.whole = true
		return
	}
	b.Queue(`SELECT $1::bigint = 0 OR EXISTS (SELECT FROM feed WHERE position <= $1)`, int64(u.since)).
		QueryRow(func(row pgx.Row) error { return row.Scan(&u.whole) })
	b.Queue(`SELECT position, body FROM feed WHERE position > $1 ORDER BY position`, int64(u.since)).Query(func(rows pgx.Rows) error {
		var last muster.Position
		var body []byte
		_, err := pgx.ForEachRow(rows, []any{&last, &body}, func() error {
			calls, err := decodeFeed(body, last)
			if err != nil {
				return damaged(fmt.Sprintf("row %d of the feed", last), err)
			}
			for _, o := range calls {
				for _, c := range o.Changes {
					if item, ok := c.Value.(*muster.Item); ok && item.Content != nil {
						key := c.Key.(muster.ItemKey)
						u.note(g.w.typeOf(key.Space, key.Type), item.Content.Rows, c.At)
					}
				}
			}
			return nil
		})
		return err
	})
}

// note is called of rows that an item has taken, in the order of the commits.
func (u *uses) note(of int32, rows []muster.RowID, at muster.Position) {
	if u == nil {
		return
	}
	for _, id := range rows {
		u.last[typeRow{of, id}] = at
	}
}

// keeps says whether an item may have the row, and then leaves its removal out.
func (u *uses) keeps(of int32, c rowChange) bool {
	if u.whole && u.last[typeRow{of, c.change.Key.(muster.RowKey).ID}] <= c.was {
		return false
	}
	if u.left[c.out] == nil {
		u.left[c.out] = map[muster.Key]bool{}
	}
	u.left[c.out][c.change.Key] = true
	return true
}

// leaveOut takes those removals out of what the calls have done.
func (u *uses) leaveOut() {
	if u == nil {
		return
	}
	for out, left := range u.left {
		out.Changes = slices.DeleteFunc(out.Changes, func(c muster.Change) bool { return left[c.Key] })
	}
}
