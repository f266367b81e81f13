package sim

import "fmt"

// expectable are the numbers that a scenario can have expectations of.
var expectable = [...]string{"failed", "resent", "retried", "content", "growth"}

// Unmet gives a line for each expectation of the scenario that the measures do not meet.
func (s *Scenario) Unmet(measures []Measure) []string {
	var all, later Measure
	for n, m := range measures {
		all.Failed += m.Failed
		all.Resent += m.Resent
		all.Retried += m.Retried
		if n > 0 {
			later.Content += m.Content
			later.Hashes += m.Hashes
		}
	}
	numbers := map[string]float64{
		"failed": float64(all.Failed), "resent": float64(all.Resent), "retried": float64(all.Retried),
		"content": float64(later.Content) / float64(max(1, later.Content+later.Hashes)),
	}
	return s.unmet(numbers)
}

// UnmetBy is Unmet for agents.
func (s *Scenario) UnmetBy(l *Lived) []string {
	failed := 0
	for _, t := range l.Traffic {
		failed += t.Failed
	}
	return s.unmet(map[string]float64{
		"failed": float64(failed), "resent": float64(l.Resent), "retried": float64(l.Retried),
		"content": float64(l.Changed) / float64(max(1, l.Changed+l.Hashes)), "growth": l.growth(),
	})
}

func (s *Scenario) unmet(numbers map[string]float64) []string {
	var unmet []string
	for _, e := range s.Expect {
		if got := numbers[e.What]; got > e.Most {
			unmet = append(unmet, fmt.Sprintf("%s: %.4g, expected at most %.4g", e.What, got, e.Most))
		}
	}
	return unmet
}
