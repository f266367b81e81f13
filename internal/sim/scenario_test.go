package sim

import (
	"strings"
	"testing"
	"time"
)

func TestScenariosOfMuster(t *testing.T) {
	t.Parallel()
	names := Scenarios()
	if got := strings.Join(names, " "); got != "agents enrolment-storm patch-day reboot-storm steady" {
		t.Errorf("scenarios: %s", got)
	}
	for _, name := range names {
		s, err := LoadScenario(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if s.About == "" || len(s.Reports) < 2 && s.Life == nil || len(s.Expect) == 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if _, err := LoadScenario("peace"); err == nil || !strings.Contains(err.Error(), "steady") {
		t.Errorf("an unknown scenario: %v", err)
	}
}

func TestParseScenario(t *testing.T) {
	t.Parallel()
	s, err := ParseScenario("x", "# One.\n# Two.\nclients 7\n\nreport a\n# no more about it\nreport b patched 0.5 died 1 over 2m\nexpect content 0.25\n")
	if err != nil {
		t.Fatal(err)
	}
	if s.About != "One. Two." || s.Clients != 7 || len(s.Reports) != 2 || s.Reports[1] != (Phase{"b", Churn{Patched: 0.5, Died: 1}, 2 * time.Minute}) ||
		s.Expect[0] != (Expectation{"content", 0.25}) {
		t.Errorf("%+v", s)
	}
	if s, err = ParseScenario("x", "agents 2h over 1m touched 0.5"); err != nil || *s.Life != (Life{2 * time.Hour, time.Minute, Churn{Touched: 0.5}}) {
		t.Errorf("%+v, %v", s, err)
	}
	for text, want := range map[string]string{
		"":                            "nobody reports",
		"clients 3":                   "nobody reports",
		"clients 0\nreport a":         "line 1: 0 clients",
		"clients many\nreport a":      "line 1",
		"report a died 0.1":           "before the first report",
		"report a\nreport b died":     "line 2: want",
		"report a\nreport b died 2":   "from 0 to 1",
		"report a\nreport b born 1":   `no churn "born"`,
		"report a\nreport b over 30":  "missing unit",
		"report a\nexpect joy 1":      `cannot expect "joy"`,
		"report a\nexpect failed no":  "line 2",
		"hope":                        "line 1: want",
		"agents 2h over 1m\nreport a": "agents report by themselves",
		"agents long over 1m":         "invalid duration",
		"agents 2h":                   "want more than 30m0s, over",
		"agents 30m over 1m":          "want more than 30m0s, over",
		"agents 2h over 1m died 1":    "nobody joins or dies",
	} {
		if _, err := ParseScenario("x", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestUnmet(t *testing.T) {
	t.Parallel()
	s := &Scenario{Expect: []Expectation{{"failed", 0}, {"resent", 2}, {"retried", 5}, {"content", 0.5}}}
	fine := []Measure{{Content: 100}, {Resent: 2, Retried: 5, Content: 10, Hashes: 10}}
	if unmet := s.Unmet(fine); unmet != nil {
		t.Errorf("unmet: %q", unmet)
	}
	bad := []Measure{{Failed: 1, Resent: 2}, {Resent: 1, Retried: 6, Content: 11, Hashes: 10}}
	if got, want := strings.Join(s.Unmet(bad), "; "), "failed: 1, expected at most 0; resent: 3, expected at most 2; "+
		"retried: 6, expected at most 5; content: 0.5238, expected at most 0.5"; got != want {
		t.Errorf("unmet: %s\nwant: %s", got, want)
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	l := Latency{5, 3, 1, 4, 2}
	l.sort()
	for p, want := range map[float64]time.Duration{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		if got := l.Percentile(p); got != want {
			t.Errorf("percentile %v: %d, want %d", p, got, want)
		}
	}
	if Latency(nil).Percentile(0.5) != 0 {
		t.Error("no calls took some time")
	}
}
