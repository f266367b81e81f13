package fleet

import (
	"testing"
	"time"

	"muster"
)

// TestItemChecks is what is refused without looking at what is stored, and in which order (P2).
func TestItemChecks(t *testing.T) {
	t.Parallel()
	limits := muster.Limits{CallBytes: 100, ItemBytes: 60, CustomItemBytes: 30}
	r := newRig(t, Config{Limits: &limits})
	sized := func(it PutItem, bytes int64) PutItem {
		it.Size = bytes
		return it
	}
	in := func(it PutItem, context ...string) PutItem {
		it.Context = entry(context...)
		return it
	}
	hash := func(it PutItem, h muster.ContentHash) PutItem {
		it.Hash = h
		return it
	}
	const compliance, patches = muster.TypeComplianceItem, muster.TypePatchSummary
	for _, c := range []struct {
		name  string
		items []PutItem
		want  muster.Code
	}{
		{"an unknown type", []PutItem{item("AWS:Nonsense")}, muster.CodeInvalidTypeName},
		{"a lower-case custom type", []PutItem{item("Custom:rack")}, muster.CodeInvalidTypeName},
		{"a context where none is", []PutItem{in(item(app), "ComplianceType", "Patch")}, muster.CodeUnsupportedInventoryItemContext},
		{"no context", []PutItem{item(compliance)}, muster.CodeInvalidInventoryItemContext},
		{"a context without the type", []PutItem{in(item(compliance), "ExecutionId", "1")}, muster.CodeInvalidInventoryItemContext},
		{"a context with more", []PutItem{in(item(compliance), "ComplianceType", "Patch", "Weather", "fine")}, muster.CodeInvalidInventoryItemContext},
		{"a version above the catalogue's", []PutItem{versioned(item(app), "99.0")}, muster.CodeUnsupportedInventorySchemaVersion},
		{"such a version with a hash", []PutItem{again(versioned(item(app), "99.0"))}, muster.CodeItemContentMismatch},
		{"an older version", []PutItem{versioned(item(app), "0.1")}, ""},
		{"neither content nor hash", []PutItem{hash(again(item(app)), "")}, muster.CodeInvalidItemContent},
		{"no number", []PutItem{item(patches, entry("InstalledCount", "many"))}, muster.CodeInvalidItemContent},
		{"a number", []PutItem{item(patches, entry("InstalledCount", "12.5"))}, ""},
		{"an empty number", []PutItem{item(patches, entry("InstalledCount", ""))}, ""},
		{"two descriptions", []PutItem{item(muster.TypeInstanceInformation, entry("A", "1"), entry("A", "2"))}, muster.CodeInvalidItemContent},
		{"a large item", []PutItem{sized(item(app), 61)}, muster.CodeItemSizeLimitExceeded},
		{"an item as large as can be", []PutItem{sized(item(app), 60)}, ""},
		{"a large custom item", []PutItem{sized(item(rack), 31)}, muster.CodeItemSizeLimitExceeded},
		{"a custom item as large as can be", []PutItem{sized(item(rack), 30)}, ""},
		{"a large call", []PutItem{sized(item(app), 60), sized(item("AWS:File"), 41)}, muster.CodeTotalSizeLimitExceeded},
		{"a call as large as can be", []PutItem{sized(item(app), 60), sized(item("AWS:File"), 40)}, ""},
		{"a type twice", []PutItem{item(app), item(rack), item(app)}, muster.CodeInvalidItemContent},
		{"a compliance type twice", []PutItem{in(item(compliance), "ComplianceType", "Patch"), in(item(compliance), "ComplianceType", "Patch")}, muster.CodeInvalidItemContent},
		{"two compliance types", []PutItem{in(item(compliance), "ComplianceType", "Patch"), in(item(compliance), "ComplianceType", "Association")}, ""},

		{"name before context", []PutItem{in(item(app), "a", "b"), item("AWS:Nonsense")}, muster.CodeInvalidTypeName},
		{"context before version", []PutItem{versioned(item(app), "99.0"), in(item(rack), "a", "b")}, muster.CodeUnsupportedInventoryItemContext},
		{"version before content", []PutItem{hash(again(item(rack)), ""), versioned(item(app), "99.0")}, muster.CodeUnsupportedInventorySchemaVersion},
		{"content before size", []PutItem{sized(item(app), 61), hash(again(item(rack)), "")}, muster.CodeInvalidItemContent},
		{"an item's size before the call's", []PutItem{sized(item(app), 101)}, muster.CodeItemSizeLimitExceeded},
		{"size before hash", []PutItem{again(item("AWS:Service")), sized(item(app), 61)}, muster.CodeItemSizeLimitExceeded},
	} {
		if got := code(r.tryPut(nodeID(1), c.items...)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestDailyLimit: calls that were accepted count, until midnight UTC and for their own node.
func TestDailyLimit(t *testing.T) {
	bubble(t, func(t *testing.T) { // which begins at midnight
		limits := muster.Limits{DailyNodeBytes: 100}
		r := newRig(t, Config{Limits: &limits})
		put := func(n int, bytes int64, hash muster.ContentHash) muster.Code {
			it := item(app)
			it.Size, it.Hash = bytes, hash
			return code(r.tryPut(nodeID(n), it))
		}
		for _, c := range []struct {
			node  int
			bytes int64
			want  muster.Code
		}{
			{1, 60, ""}, {1, 41, muster.CodeTotalSizeLimitExceeded}, {1, 40, ""}, {1, 1, muster.CodeTotalSizeLimitExceeded}, {2, 100, ""},
		} {
			if got := put(c.node, c.bytes, "h"); got != c.want {
				t.Errorf("%d bytes of node %d: %q, want %q", c.bytes, c.node, got, c.want)
			}
			r.reopen()
		}
		it := again(item(app))
		it.Hash = "h"
		if err := r.tryPut(nodeID(1), it); err != nil {
			t.Errorf("a hash, which has no bytes: %v", err)
		}
		time.Sleep(24*time.Hour - time.Second)
		if got := put(1, 1, "h"); got != muster.CodeTotalSizeLimitExceeded {
			t.Errorf("just before midnight: %q", got)
		}
		time.Sleep(time.Second)
		if got := put(1, 100, "h"); got != "" {
			t.Errorf("at midnight: %q", got)
		}
	})
}
