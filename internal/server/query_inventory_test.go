package server

import (
	"strings"
	"testing"

	"muster"
	"muster/internal/ssmapi"
)

func TestQueryInventory(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	r.put(1, app, entry("Name", "bash", "Version", "5.1"), entry("Name", "openssl", "Version", "3.0.2"))
	r.put(2, app, entry("Name", "bash", "Version", "5.2"))
	r.put(3, app, entry("Name", "openssl", "Version", "3.1"))
	r.put(3, rack, entry("Row", "C"))
	ask := func(in ssmapi.QueryInventoryInput) (*ssmapi.GetInventoryOutput, error) {
		page, err := r.queryInventory(t.Context(), r.caller, &in)
		return r.read(page), err
	}
	for where, want := range map[string]string{
		"":                                   "1 2 3",
		"name = bash or version = 3.1":       "1 2 3",
		"name = openssl and version < 3.0.7": "1",
		"lacks (name = openssl and version < 3.0.7)":              "2 3",
		"name = bash and not name = openssl":                      "2",
		"has Custom:Rack or lacks (name = openssl)":               "2 3",
		"not (has Custom:Rack or name = bash and version = 5.1)":  "2",
		"name = bash and (version = 5.1 or version = 5.2)":        "1 2",
		"node = mi-00000000000000002, mi-00000000000000003":       "2 3",
		"Custom:Rack.Row = c and (name = bash or name = openssl)": "3",
	} {
		out, err := ask(ssmapi.QueryInventoryInput{Where: where})
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		var got []string
		for _, e := range out.Entities {
			got = append(got, strings.TrimLeft(e.Id, "mi-0"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", where, got, want)
		}
	}

	name, max := string(app)+".Name", int32(1)
	counts := ssmapi.QueryInventoryInput{
		Where: "has Custom:Rack or version = 5.2", Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{Expression: &name}}, MaxResults: &max,
	}
	first, err := ask(counts)
	if err != nil || first.NextToken == "" || !strings.Contains(text(t, first), `{"Count":"1","Name":"bash"}`) {
		t.Fatalf("a first page: %s, %v", text(t, first), err)
	}
	counts.NextToken = first.NextToken
	if second, err := ask(counts); err != nil || second.NextToken != "" || !strings.Contains(text(t, second), `{"Count":"1","Name":"openssl"}`) {
		t.Errorf("a second page: %s, %v", text(t, second), err)
	}
	counts.Where = "name = bash"
	if _, err := ask(counts); code(err) != muster.CodeInvalidNextToken {
		t.Errorf("the token of another question: %v", err)
	}

	for where, want := range map[string]string{
		"name = bash or":        "the filter at byte 15: a condition is missing here",
		"AWS:Application.X = y": "AWS:Application has no attribute X",
		"AWS:Nothing.X = y":     "",
	} {
		if _, err := ask(ssmapi.QueryInventoryInput{Where: where}); err == nil || !strings.Contains(err.Error(), want) || code(err) == muster.CodeInternalServerError {
			t.Errorf("%s: %v, want %s", where, err, want)
		}
	}
}
