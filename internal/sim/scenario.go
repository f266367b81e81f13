package sim

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed scenarios
var scenarios embed.FS

// Scenario is what a fleet goes through. Its text has a line for each of
//
//	clients N                 how many nodes speak at once
//	report NAME [CHURN P]… [over D]
//	                          all nodes report, after churn has come over the part P of them: updated, patched, rebooted,
//	                          touched, joined or died (see Churn); within the time D, else as fast as they can.
//	                          The first report is the enrolment, before which nothing can happen
//	agents D over R [CHURN P]…
//	                          instead of reports: every node has an agent as AWS's, which registers and then, for the time D of its
//	                          own within the time R of everybody's, pings, polls and reports, after churn has come each time
//	expect WHAT N             how much there may be at most: failed reports or calls, resent reports (the server did not know a
//	                          hash), retried calls, content: the part of the items, after the first report, that were no hash,
//	                          and growth: that of the server's memory in the second half of the agents' life, as a part of it
//	# a remark
//
// Whatever the scenario expects, in the end the server has to count what was sent and to know the hash of every item.
type Scenario struct {
	Name    string
	About   string // the remark at its head
	Clients int
	Reports []Phase
	Life    *Life // of agents; then there are no Reports
	Expect  []Expectation
}

// Life is what agents go through.
type Life struct {
	For   time.Duration // in their time
	Over  time.Duration // in everybody's
	Churn Churn         // before each report but the first; nobody joins or dies
}

// Phase is one report of all nodes.
type Phase struct {
	Name  string
	Churn Churn // before it
	Over  time.Duration
}

// Expectation is a bound on one of the numbers of a run.
type Expectation struct {
	What string
	Most float64
}

// Scenarios gives the names of those that come with muster.
func Scenarios() []string {
	files, err := fs.ReadDir(scenarios, "scenarios")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), path.Ext(f.Name())))
	}
	return names
}

// LoadScenario gives one of Scenarios.
func LoadScenario(name string) (*Scenario, error) {
	text, err := scenarios.ReadFile("scenarios/" + name + ".txt")
	if err != nil {
		return nil, fmt.Errorf("there is no scenario %q; there are %s", name, strings.Join(Scenarios(), ", "))
	}
	return ParseScenario(name, string(text))
}

// ParseScenario reads the text of a scenario.
func ParseScenario(name, text string) (*Scenario, error) {
	s := &Scenario{Name: name, Clients: 32}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if remark, ok := strings.CutPrefix(line, "#"); ok {
			if len(s.Reports) == 0 && s.Life == nil {
				s.About = strings.TrimSpace(s.About + " " + strings.TrimSpace(remark))
			}
			continue
		}
		if words := strings.Fields(line); len(words) > 0 {
			if err := s.line(words[0], words[1:]); err != nil {
				return nil, fmt.Errorf("scenario %s, line %d: %w", name, number, err)
			}
		}
	}
	switch {
	case s.Life != nil && len(s.Reports) > 0:
		return nil, fmt.Errorf("scenario %s: agents report by themselves", name)
	case s.Life != nil:
		return s, nil
	case len(s.Reports) == 0:
		return nil, fmt.Errorf("scenario %s: nobody reports", name)
	}
	if s.Reports[0].Churn != (Churn{}) {
		return nil, fmt.Errorf("scenario %s: there is no churn before the first report", name)
	}
	return s, nil
}

func (s *Scenario) line(verb string, words []string) (err error) {
	switch {
	case verb == "clients" && len(words) == 1:
		s.Clients, err = strconv.Atoi(words[0])
		if err == nil && s.Clients < 1 {
			err = fmt.Errorf("%d clients", s.Clients)
		}
		return err
	case verb == "report" && len(words)%2 == 1:
		phase, err := parsePhase(words[0], words[1:])
		s.Reports = append(s.Reports, phase)
		return err
	case verb == "agents" && len(words)%2 == 1:
		s.Life, err = parseLife(words[0], words[1:])
		return err
	case verb == "expect" && len(words) == 2:
		most, err := strconv.ParseFloat(words[1], 64)
		if !slices.Contains(expectable[:], words[0]) {
			err = fmt.Errorf("cannot expect %q, only %s", words[0], strings.Join(expectable[:], ", "))
		}
		s.Expect = append(s.Expect, Expectation{words[0], most})
		return err
	}
	return fmt.Errorf("want clients N, report NAME [WHAT PART]…, agents TIME over TIME or expect WHAT N, not %q", verb+" "+strings.Join(words, " "))
}

func parsePhase(name string, settings []string) (p Phase, err error) {
	p.Name = name
	parts := map[string]*float64{
		"updated": &p.Churn.Updated, "patched": &p.Churn.Patched, "rebooted": &p.Churn.Rebooted,
		"touched": &p.Churn.Touched, "joined": &p.Churn.Joined, "died": &p.Churn.Died,
	}
	for i := 0; i < len(settings); i += 2 {
		what, value := settings[i], settings[i+1]
		if what == "over" {
			if p.Over, err = time.ParseDuration(value); err != nil {
				return p, err
			}
			continue
		}
		part := parts[what]
		if part == nil {
			return p, fmt.Errorf("there is no churn %q", what)
		}
		if *part, err = strconv.ParseFloat(value, 64); err != nil || *part < 0 || *part > 1 {
			return p, fmt.Errorf("%s %s: want a part from 0 to 1", what, value)
		}
	}
	return p, nil
}

func parseLife(span string, settings []string) (*Life, error) {
	p, err := parsePhase("agents", settings)
	if err != nil {
		return nil, err
	}
	l := &Life{Over: p.Over, Churn: p.Churn}
	if l.For, err = time.ParseDuration(span); err != nil {
		return nil, err
	}
	if l.For <= comesUpWithin || l.Over <= 0 || p.Churn.Joined+p.Churn.Died > 0 {
		return nil, fmt.Errorf("agents %s: want more than %v, over a time of ours, in which nobody joins or dies", span, comesUpWithin)
	}
	return l, nil
}

// Fleet makes the fleet that goes through the scenario: generation g is that of Reports[g], or of each agent's report g.
func (s *Scenario) Fleet(seed uint64, nodes int) *Fleet {
	if s.Life != nil {
		return New(seed, nodes, s.Life.Churn)
	}
	churn := make([]Churn, 0, len(s.Reports))
	for _, p := range s.Reports[1:] {
		churn = append(churn, p.Churn)
	}
	return New(seed, nodes, append(churn, Churn{})...)
}
