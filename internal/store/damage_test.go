package store

import (
	"testing"

	"muster"
)

func TestNameOf(t *testing.T) {
	t.Parallel()
	space := muster.Space{Account: "111122223333", Region: "eu-west-1"}
	for _, c := range []struct {
		key  muster.Key
		want string
	}{
		{muster.NodeKey{Space: space, Node: "i-1"}, "node i-1 in 111122223333/eu-west-1"},
		{muster.ItemKey{Space: space, Node: "i-1", Type: "AWS:Service"}, "item AWS:Service of node i-1 in 111122223333/eu-west-1"},
		{muster.ItemKey{Space: space, Node: "i-1", Type: "AWS:ComplianceItem", SubType: "Patch"}, "item AWS:ComplianceItem Patch of node i-1 in 111122223333/eu-west-1"},
		{muster.RowKey{Space: space, Type: "AWS:Service", ID: 7}, "row 7 of AWS:Service in 111122223333/eu-west-1"},
		{muster.SettingKey{Name: "s"}, "setting s"},
	} {
		if got := NameOf(c.key); got != c.want {
			t.Errorf("%#v is called %q, want %q", c.key, got, c.want)
		}
	}
}
