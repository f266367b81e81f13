package sim

import (
	"testing"

	"muster"
)

// TestPutKeepsTheNode: the fleet holds on to what a node says of itself, longer than the scratch does.
func TestPutKeepsTheNode(t *testing.T) {
	t.Parallel()
	f := New(16, 2)
	var s Scratch
	p := newPut(f.id(0), f.Report(&s, 0, 0))
	info := p.Items[0]
	if info.Type != muster.TypeInstanceInformation || len(info.Content) != 1 {
		t.Fatalf("the first item is %+v", info)
	}
	f.Report(&s, 1, 0)
	if id, _ := info.Content[0].Get("InstanceId"); id != string(f.id(0)) {
		t.Errorf("node %s has become %s", f.id(0), id)
	}
	p = newPut(f.id(0), f.hashes(&s, 0, 0, &s.sums))
	if it := p.Items[0]; !it.HashOnly || it.Content != nil {
		t.Errorf("a hash has content: %+v", it)
	}
}
