package main

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/internal/store/postgres/pgtest"
)

// TestAnswersAgree asks every engine on this machine everything, about a small fleet.
func TestAnswersAgree(t *testing.T) {
	f := newSource(1, 200)
	m := testMuster(t, f)
	want := map[string]*answer{}
	for _, q := range questions {
		a, err := answerOf(t.Context(), m, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.lines) == 0 {
			t.Errorf("%s: no rows, so that it tells nothing", q.title)
		}
		want[q.id] = a
	}
	http, err := newOverHTTP(m)
	if err != nil {
		t.Fatal(err)
	}
	others, jsonb := products()
	others = append(others, jsonb, product{"muster over HTTP", func(string) ([]engine, func() error, error) {
		return []engine{http}, func() error { return nil }, nil
	}})
	for _, p := range others {
		t.Run(p.name, func(t *testing.T) {
			forms, stop, err := p.open(testDir(t))
			if errors.Is(err, errNoPostgres) && !pgtest.Needed() {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
			for _, e := range forms {
				if err := e.load(t.Context(), f); err != nil {
					t.Fatalf("%s: %v", e.name(), err)
				}
				asked := 0
				for _, q := range questions {
					got, err := answerOf(t.Context(), e, q)
					if errors.Is(err, errNotAsked) {
						continue
					}
					if err != nil {
						t.Fatalf("%s: %s: %v", e.name(), q.title, err)
					}
					if d := want[q.id].differs(got); d != "" {
						t.Errorf("%s: %s: %s", e.name(), q.title, d)
					}
					asked++
				}
				if asked < len(questions)-2 {
					t.Errorf("%s: was asked %d questions only", e.name(), asked)
				}
			}
		})
	}
}

// testDir makes a folder that the user postgres can reach, which t.TempDir's is not.
func testDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "muster-bench-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func testMuster(t *testing.T, f *source) *inProcess {
	m, err := startMuster(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.close(); err != nil {
			t.Error(err)
		}
	})
	if err := m.load(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return m
}

// fixed is an engine that knows one answer, or fails.
type fixed struct {
	title    string
	rows     []string
	unloaded error
	unasked  error
}

func (e *fixed) name() string                        { return e.title }
func (e *fixed) load(context.Context, *source) error { return e.unloaded }
func (e *fixed) size(context.Context) (int64, error) { return 1, nil }
func (e *fixed) ask(_ context.Context, _ *question, visit func([]string)) error {
	for _, row := range e.rows {
		if visit != nil {
			visit(strings.Fields(row))
		}
	}
	return e.unasked
}

func TestMeasure(t *testing.T) {
	for _, c := range []struct {
		name     string
		question question
		other    []string
		differs  string
	}{
		{"the same", question{}, []string{"a 1", "B 2"}, ""},
		{"another order", question{}, []string{"B 2", "a 1"}, ""},
		{"another order where it counts", question{sorted: true}, []string{"B 2", "a 1"}, `row 1 of 2 and 2: "a\t1" and "B\t2"`},
		{"another letter case", question{}, []string{"a 1", "b 2"}, `row 1 of 2 and 2: "B\t2" and "a\t1"`},
		{"another letter case of names", question{folded: true}, []string{"a 1", "b 2"}, ""},
		{"a row too few", question{}, []string{"B 2"}, `row 2 of 2 and 1: "a\t1" and "nothing"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := newAsked()
			got.measure(t.Context(), &c.question, []engine{&fixed{title: "one", rows: []string{"a 1", "B 2"}}, &fixed{title: "two", rows: c.other}})
			if got.Differs["two"] != c.differs {
				t.Errorf("got %q, want %q", got.Differs["two"], c.differs)
			}
			if got.Rows != 2 || len(got.Times["one"]) < rounds || (len(got.Times["two"]) < rounds) != (c.differs != "") {
				t.Errorf("got %d rows, and %d and %d times", got.Rows, len(got.Times["one"]), len(got.Times["two"]))
			}
		})
	}
}

// TestFailures compares products of which each fails in another way. The comparison goes on, and says so.
func TestFailures(t *testing.T) {
	one := &fixed{title: "one", rows: []string{"a 1"}}
	tried := newTrial(1)
	tried.ask(t.Context(), tried.load(t.Context(), nil, []engine{one}))
	for _, other := range []*fixed{
		{title: "unopened"},
		{title: "unloaded", unloaded: errors.New("the disk is full")},
		{title: "unasked", unasked: errors.New("lost\nat line 1")},
		{title: "good", rows: []string{"a 1"}},
	} {
		open := func(string) ([]engine, func() error, error) {
			if other.title == "unopened" {
				return nil, nil, errNoPostgres
			}
			return []engine{other}, func() error { return nil }, nil
		}
		if err := tried.against(t.Context(), product{other.title, open}, nil, one, filepath.Join(t.TempDir(), "other")); err != nil {
			t.Fatal(err)
		}
	}
	r := &result{Trials: []*trial{tried}}
	if err := r.agreed(); err != nil {
		t.Errorf("the answers that were given agree: %v", err)
	}
	var table strings.Builder
	r.writeMarkdown(&table)
	for _, want := range []string{
		"| median, and times that of muster | one | unasked | good |",
		"* unopened failed: " + errNoPostgres.Error(),
		"* unloaded failed: the disk is full",
		"| unloaded | failed | |",
		"* unasked failed: " + questions[0].title + ": lost",
	} {
		if !strings.Contains(table.String(), want+"\n") {
			t.Errorf("the table lacks %s:\n%s", want, &table)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	tried.ask(stopped, []engine{&fixed{title: "good", unasked: stopped.Err()}})
	if why := tried.Asked[questions[0].id].Failed["good"]; why != "" || len(tried.Asked[questions[0].id].Times["good"]) == 0 {
		t.Errorf("a run that is stopped takes the times of an engine away: %s", why)
	}
	liar := &fixed{title: "liar", rows: []string{"a 2"}}
	tried.ask(t.Context(), tried.load(t.Context(), nil, []engine{liar}))
	if err := r.agreed(); err == nil {
		t.Error("nobody finds that an answer differs")
	}
}

// TestIngest takes reports in for a moment.
func TestIngest(t *testing.T) {
	all, err := ingest(t.Context(), 1, 20*time.Millisecond, testDir(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if strings.HasPrefix(i.Failed, errNoPostgres.Error()) && !pgtest.Needed() {
			continue
		}
		if i.Failed != "" {
			t.Errorf("%s: %s", i.Engine, i.Failed)
		}
		if len(i.Rates) != rounds || i.Rates[0] <= 0 {
			t.Errorf("%s took in %v reports a second in %d rounds", i.Engine, i.Rates, rounds)
		}
	}
}

// TestResult shows a result that was written to a file and read again, as a table and as a chart.
func TestResult(t *testing.T) {
	r := newResult(options{seed: 1})
	shown := &trial{Nodes: 1234, Loaded: []loaded{{Engine: "muster"}, {Engine: "other"}}, Asked: map[string]*asked{}}
	for _, q := range questions {
		shown.Asked[q.id] = &asked{Rows: 51, Times: map[string]times{"muster": {2 * time.Millisecond}, "other": {500 * time.Millisecond}}}
	}
	delete(shown.Asked["names"].Times, "other")
	r.Trials = append(r.Trials, shown)
	r.Ingest = []intake{{Engine: "muster", Clients: 64, Rates: []float64{1000}}, {Engine: "other", Clients: 8, Rates: []float64{250}}}
	name := filepath.Join(t.TempDir(), "result.json")
	if err := r.save(name); err != nil {
		t.Fatal(err)
	}
	r, err := readResult(name)
	if err != nil {
		t.Fatal(err)
	}

	var table strings.Builder
	r.writeMarkdown(&table)
	for _, want := range []string{
		"### 1,234 nodes",
		"| nodes by platform (51 rows) | 2.0 ms | 500 ms, 250× |",
		"| nodes by application name, all groups (51 rows) | 2.0 ms | – |",
		"| other | 8 | 250 | 4.0× |",
	} {
		if !strings.Contains(table.String(), want+"\n") {
			t.Errorf("the table lacks %s:\n%s", want, &table)
		}
	}
	marks := 0
	for d := xml.NewDecoder(strings.NewReader(string(r.svg()))); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the chart is no XML: %v", err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "circle" {
			marks++
		}
	}
	if want := 2 + 2*len(questions) - 1; marks != want {
		t.Errorf("the chart has %d marks, want %d", marks, want)
	}
}
