package index

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"muster"
)

// TestSettle settles fleets of several leaves, in pieces that part leaves anywhere and nodes that come in any order, and holds the
// sets of their rows against what the nodes have. The lower a row's number, the more nodes have it.
func TestSettle(t *testing.T) {
	t.Parallel()
	const rows = 300
	for _, piece := range []uint32{leafSize, leafSize + 1000, 700, 30} {
		t.Run(fmt.Sprint("pieces of ", piece), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, uint64(piece)))
			table, s := newTable(1, "Custom:Any", 1), new(byRow)
			var want [rows][]uint32
			for from := uint32(0); from < min(40*piece, leafSize*5/2); from += piece {
				var u unsorted
				for i := range piece {
					ordinal := from + i
					if from/piece%2 == 1 {
						ordinal = from + piece - 1 - i
					}
					for row := range rows {
						if has := r.IntN(1+row*row/8) == 0; has {
							u.rows = append(u.rows, muster.RowID(row))
							want[row] = append(want[row], ordinal)
						}
						if r.IntN(1000) == 0 && len(u.rows) > 0 { // a row once more
							u.rows = append(u.rows, u.rows[len(u.rows)-1])
							last := int(u.rows[len(u.rows)-1])
							want[last] = append(want[last], ordinal)
						}
					}
					u.nodes, u.ends = append(u.nodes, ordinal), append(u.ends, uint32(len(u.rows)))
				}
				s.settle(1, table, rows, u)
			}
			for row, nodes := range want {
				slices.Sort(nodes)
				nodes = slices.Compact(nodes)
				if got := slices.Collect(table.nodesOf(uint32(row)).each); !slices.Equal(got, nodes) {
					t.Errorf("row %d: %d nodes, want %d", row, len(got), len(nodes))
				}
			}
		})
	}
}
