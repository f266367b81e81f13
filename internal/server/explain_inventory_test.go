package server

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"muster"
	"muster/internal/ssmapi"
)

func TestExplainInventory(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	for n := range 20 {
		r.put(n, app, entry("Name", "bash", "Version", []string{"5.1", "5.2"}[n%2]), entry("Name", "zsh"))
	}
	name, max := string(app)+".Name", int32(1)
	explain := func(in ssmapi.GetInventoryInput) *ssmapi.ExplainInventoryOutput {
		t.Helper()
		out, err := r.explainInventory(t.Context(), r.caller, &in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}

	few := explain(ssmapi.GetInventoryInput{Filters: ssmapi.List[ssmapi.InventoryFilter]{filter(name, "", "BASH"), filter(string(app)+".Version", "LessThan", "5.2")}})
	if few.Entities != 10 || few.RowsVisited != 2 || !strings.Contains(strings.Join(few.Plan, "\n"), "AWS:Application: 2 of 3 rows by 1 values of Name, then 1 more terms") {
		t.Errorf("bash below 5.2: %+v", few)
	}
	counts := ssmapi.GetInventoryInput{Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{Expression: &name, Aggregators: ssmapi.List[ssmapi.InventoryAggregator]{{Expression: new(string(app) + ".Version")}}}}, MaxResults: &max}
	if first := explain(counts); first.NodesVisited != 0 || first.RowsVisited != 2 {
		t.Errorf("a first count, by the sets of nodes of rows: %+v", first)
	}
	r.put(3, app, entry("Name", "fish"))
	if again := explain(counts); again.NodesVisited != 2 || again.RowsVisited != 3 || again.Milliseconds <= 0 {
		t.Errorf("a second count, one node later: %+v", again)
	}

	wrong := "AWS:Nothing"
	if _, err := r.explainInventory(t.Context(), r.caller, &ssmapi.GetInventoryInput{Filters: ssmapi.List[ssmapi.InventoryFilter]{filter(wrong, "", "x")}}); code(err) != muster.CodeInvalidFilter {
		t.Errorf("a bad filter: %v", err)
	}
}

func TestQuestionsAreLoggedAtDebug(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	r.put(1, app, entry("Name", "bash"))
	for level, logged := range map[slog.Level]bool{slog.LevelDebug: true, slog.LevelInfo: false} {
		var log bytes.Buffer
		s, err := New(context.Background(), Config{Fleet: r.fleet, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level}))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.getInventory(t.Context(), r.caller, &ssmapi.GetInventoryInput{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(log.String(), "plan=") && strings.Contains(log.String(), "took="); got != logged {
			t.Errorf("at level %v: %s", level, log.String())
		}
	}
}

func TestQuestionsAreRemembered(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	r.put(1, app, entry("Name", "bash"))
	in := ssmapi.GetInventoryInput{Filters: ssmapi.List[ssmapi.InventoryFilter]{filter(string(app)+".Name", "", "bash")}}
	if _, err := r.getInventory(t.Context(), r.caller, &in); err != nil {
		t.Fatal(err)
	}
	if _, err := r.queryInventory(t.Context(), r.caller, &ssmapi.QueryInventoryInput{Where: "name = bash or name = zsh"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.getInventory(t.Context(), r.caller, &ssmapi.GetInventoryInput{NextToken: "wrong"}); err == nil {
		t.Fatal("a wrong token is right")
	}
	texts := map[string]string{}
	for _, q := range r.fleet.SlowestQuestions(r.caller.Space.Account) {
		texts[q.Method] = q.Text
		if q.Space != r.caller.Space || q.Took <= 0 || len(q.Work.Plan) == 0 {
			t.Errorf("remembered: %+v", q)
		}
	}
	want := map[string]string{
		"GetInventory":   `{"Filters":[{"Key":"AWS:Application.Name","Values":["bash"]}]}`,
		"QueryInventory": `{"Where":"name = bash or name = zsh"}`,
	}
	if !maps.Equal(texts, want) {
		t.Errorf("remembered are %v", texts)
	}
}
