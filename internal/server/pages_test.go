package server

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/ssmapi"
)

// fetch gives one page: what is on it, and the token of the next.
type fetch func(token string, size *int32) (page []string, next string, err error)

// all fetches page after page. Each but the last has to be full, and the last has no token.
func all(t *testing.T, f fetch, size int32) []string {
	t.Helper()
	var list []string
	for token := ""; ; {
		page, next, err := f(token, &size)
		if err != nil {
			t.Fatalf("after %d: %v", len(list), err)
		}
		list = append(list, page...)
		if next == "" {
			return list
		}
		if len(page) != int(size) {
			t.Fatalf("a page of %d, but not the last, has %d", size, len(page))
		}
		token = next
	}
}

// get asks, and gives the page as a client reads it.
func (r *rig) get(in *ssmapi.GetInventoryInput) (*ssmapi.GetInventoryOutput, error) {
	page, err := r.getInventory(context.Background(), r.caller, in)
	return r.read(page), err
}

// read gives what a client reads of a page, nil if there is none.
func (r *rig) read(page *inventoryPage) (out *ssmapi.GetInventoryOutput) {
	r.t.Helper()
	if page == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(text(r.t, page)), &out); err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *rig) nodes(filters ...ssmapi.InventoryFilter) fetch {
	return func(token string, size *int32) (page []string, next string, err error) {
		out, err := r.get(&ssmapi.GetInventoryInput{Filters: filters, NextToken: token, MaxResults: size})
		if err != nil {
			return nil, "", err
		}
		for _, e := range out.Entities {
			page = append(page, e.Id)
		}
		return page, out.NextToken, nil
	}
}

func (r *rig) counts(expression string) fetch {
	return func(token string, size *int32) (page []string, next string, err error) {
		out, err := r.get(&ssmapi.GetInventoryInput{
			Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{by(expression)}, NextToken: token, MaxResults: size,
		})
		if err != nil {
			return nil, "", err
		}
		for _, e := range out.Entities[0].Data[string(app)].Content {
			name, _ := e.Get("Name")
			count, _ := e.Get("Count")
			page = append(page, name+" "+count)
		}
		return page, out.NextToken, nil
	}
}

func (r *rig) entries(n int, t muster.TypeName, filters ...ssmapi.InventoryFilter) fetch {
	return func(token string, size *int32) (page []string, next string, err error) {
		out, err := r.listInventoryEntries(context.Background(), r.caller, &ssmapi.ListInventoryEntriesInput{
			InstanceId: new(nodeID(n)), TypeName: &t, Filters: filters, NextToken: token, MaxResults: size,
		})
		if err != nil {
			return nil, "", err
		}
		for _, e := range out.Entries {
			page = append(page, fmt.Sprint(e))
		}
		return page, out.NextToken, nil
	}
}

func (r *rig) deletions() fetch {
	return func(token string, size *int32) (page []string, next string, err error) {
		out, err := r.describeInventoryDeletions(context.Background(), r.caller, &ssmapi.DescribeInventoryDeletionsInput{NextToken: token, MaxResults: size})
		if err != nil {
			return nil, "", err
		}
		for _, d := range out.InventoryDeletions {
			page = append(page, d.DeletionId)
		}
		return page, out.NextToken, nil
	}
}

func (r *rig) schemas() fetch {
	return func(token string, size *int32) (page []string, next string, err error) {
		out, err := r.getInventorySchema(context.Background(), r.caller, &ssmapi.GetInventorySchemaInput{NextToken: token, MaxResults: size})
		if err != nil {
			return nil, "", err
		}
		for _, s := range out.Schemas {
			page = append(page, string(s.TypeName))
		}
		return page, out.NextToken, nil
	}
}

// TestPagesAreTheWhole has every paged operation give the same in pages of any size as at once.
func TestPagesAreTheWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	var packages []muster.Entry
	for i := range 12 {
		packages = append(packages, entry("Name", fmt.Sprint("p", i/2), "Version", fmt.Sprint(i%3)))
		r.put(i, app, packages...)
		r.put(i, muster.TypeName(fmt.Sprint("Custom:T", i)))
	}
	for i := range 12 {
		name := muster.TypeName(fmt.Sprint("Custom:Gone", i))
		if _, err := r.deleteInventory(context.Background(), r.caller, &ssmapi.DeleteInventoryInput{TypeName: &name}); err != nil {
			t.Fatal(err)
		}
	}
	for sub := range 3 {
		r.putItem(0, ssmapi.InventoryItem{
			TypeName: new(muster.TypeComplianceItem), Content: packages[:4],
			Context: ssmapi.Attributes(entry("ComplianceType", fmt.Sprint("Type", sub))),
		})
	}
	for name, c := range map[string]struct {
		fetch fetch
		want  int
	}{
		"nodes":             {r.nodes(), 12},
		"some nodes":        {r.nodes(filter("AWS:Application.Name", "", "p3")), 6},
		"no nodes":          {r.nodes(filter("AWS:Application.Name", "", "p9")), 0},
		"counts":            {r.counts("AWS:Application.Name"), 6},
		"entries":           {r.entries(11, app), 12},
		"some entries":      {r.entries(11, app, filter("AWS:Application.Version", "", "1")), 4},
		"no entries":        {r.entries(11, app, filter("AWS:Application.Version", "", "9")), 0},
		"entries of three":  {r.entries(0, muster.TypeComplianceItem), 12},
		"those of the last": {r.entries(0, muster.TypeComplianceItem, filter("AWS:ComplianceItem.ComplianceType", "", "type2")), 4},
		"deletions":         {r.deletions(), 12},
	} {
		whole := all(t, c.fetch, muster.MaxPage)
		if len(whole) != c.want {
			t.Errorf("%s: %d at once, want %d: %v", name, len(whole), c.want, whole)
		}
		for size := range int32(13) {
			if got := all(t, c.fetch, size+1); !slices.Equal(got, whole) {
				t.Errorf("%s: in pages of %d\n%v\nat once\n%v", name, size+1, got, whole)
			}
		}
	}
	whole := all(t, r.schemas(), muster.MaxSchemaPage)
	if !slices.Contains(whole, "Custom:T11") || !slices.Contains(whole, string(app)) || !slices.IsSorted(whole) {
		t.Errorf("the schemas are %v", whole)
	}
	for _, size := range []int32{1, 5, int32(len(whole)) - 1, int32(len(whole))} {
		if got := all(t, r.schemas(), size); !slices.Equal(got, whole) {
			t.Errorf("schemas in pages of %d: %v", size, got)
		}
	}
}

// TestNodesChangeBetweenPages: a node that stays is on one page (R7).
func TestNodesChangeBetweenPages(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	for _, n := range []int{2, 4, 6, 8} {
		r.put(n, app)
	}
	size := int32(2)
	first, token, err := r.nodes()("", &size)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 3, 5, 9} {
		r.put(n, app)
	}
	size = 50
	second, last, err := r.nodes()(token, &size)
	want := []string{string(nodeID(2)), string(nodeID(4)), string(nodeID(5)), string(nodeID(6)), string(nodeID(8)), string(nodeID(9))}
	if got := slices.Concat(first, second); err != nil || last != "" || !slices.Equal(got, want) {
		t.Errorf("the pages have %v, %v; want %v", got, err, want)
	}
}

// TestCountsStayPinned: the pages of a count are of one moment, and a token is good for some minutes, of one process.
func TestCountsStayPinned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, false)
		r.put(1, app, entry("Name", "a"), entry("Name", "b"), entry("Name", "c"))
		r.put(2, app, entry("Name", "a"), entry("Name", "b"))
		r.put(3, app, entry("Name", "a"))
		size := int32(1)
		page, token, err := r.counts("AWS:Application.Name")("", &size)
		if err != nil || !slices.Equal(page, []string{"a 3"}) {
			t.Fatalf("the first page has %v, %v", page, err)
		}
		for n := range 9 {
			r.put(n, app, entry("Name", "c"))
		}
		page, later, err := r.counts("AWS:Application.Name")(token, &size)
		if err != nil || !slices.Equal(page, []string{"b 2"}) {
			t.Errorf("the second page has %v, %v", page, err)
		}
		r.restart(false) // the operations, not the fleet: the key is the store's
		size = 50
		page, last, err := r.counts("AWS:Application.Name")(later, &size)
		if err != nil || last != "" || !slices.Equal(page, []string{"c 1"}) {
			t.Errorf("the third page has %v, %v", page, err)
		}
		if _, _, err := r.counts("AWS:Application.Version")(token, &size); err != muster.ErrInvalidNextToken {
			t.Errorf("the token with another expression: %v", err)
		}
		if _, _, err := r.nodes()(token, &size); err != muster.ErrInvalidNextToken {
			t.Errorf("the token of a count for nodes: %v", err)
		}
		time.Sleep(5 * time.Minute)
		if _, _, err := r.counts("AWS:Application.Name")(token, &size); err != muster.ErrInvalidNextToken {
			t.Errorf("after some minutes: %v", err)
		}
	})
}

// TestTokenOutlivesServer: the pages of nodes go on after a restart.
func TestTokenOutlivesServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	r.put(1, app)
	r.put(2, app)
	size := int32(1)
	_, token, err := r.nodes()("", &size)
	if err != nil {
		t.Fatal(err)
	}
	r.restart(false)
	page, last, err := r.nodes()(token, &size)
	if err != nil || last != "" || !slices.Equal(page, []string{string(nodeID(2))}) {
		t.Errorf("the second page has %v, %v", page, err)
	}
}

// TestEntriesHaveTheirContext: what an item's Context says is part of each entry (R4), unless the entry says it itself.
func TestEntriesHaveTheirContext(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	r.putItem(1, ssmapi.InventoryItem{
		TypeName: new(muster.TypeComplianceItem), Context: ssmapi.Attributes(entry("ComplianceType", "Patch", "ExecutionId", "e")),
		Content: ssmapi.Entries{entry("Id", "1"), entry("Id", "2", "ExecutionId", "own")},
	})
	got := all(t, r.entries(1, muster.TypeComplianceItem), 50)
	want := []string{
		fmt.Sprint(entry("ComplianceType", "Patch", "ExecutionId", "e", "Id", "1")),
		fmt.Sprint(entry("ComplianceType", "Patch", "ExecutionId", "own", "Id", "2")),
	}
	if !slices.Equal(got, want) {
		t.Errorf("the entries are %v, want %v", got, want)
	}
	if got := all(t, r.entries(1, muster.TypeComplianceItem, filter("AWS:ComplianceItem.ExecutionId", "", "e")), 50); !slices.Equal(got, want[:1]) {
		t.Errorf("those of the execution are %v, want %v", got, want[:1])
	}
}
