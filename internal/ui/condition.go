package ui

import (
	"net/http"
	"slices"

	"muster/internal/ask"
	"muster/internal/query"
)

// chip is one of the conditions that the filter joins by and.
type chip struct{ Text, Without, Turned string }

// chips gives a link that leaves a condition out, and one that turns it round.
func (x exploration) chips(parts []ask.Filter) (chips []chip) {
	for i, part := range parts {
		turned := slices.Clone(parts)
		turned[i] = ask.Not(part)
		without := slices.Delete(slices.Clone(parts), i, i+1)
		chips = append(chips, chip{part.String(), x.with(ask.And(without...)), x.with(ask.And(turned...))})
	}
	return chips
}

// operator is one of those of a condition, and how it is written.
type operator struct {
	Text string
	op   query.Op
}

func operators() []operator {
	return []operator{{"=", query.Equal}, {"!=", query.NotEqual}, {"<", query.LessThan}, {">", query.GreaterThan}, {"begins with", query.BeginWith}}
}

// addCondition leads to the exploration with one more condition.
func (u *UI) addCondition(v *visit, w http.ResponseWriter) error {
	x, err := v.readExploration()
	if err != nil {
		return err
	}
	a, err := x.attribute(x.key(v.FormValue("key")))
	if err != nil {
		return err
	}
	at := slices.IndexFunc(operators(), func(o operator) bool { return o.Text == v.FormValue("op") })
	if at < 0 {
		return badForm
	}
	more := ask.Of(query.Term{Attr: a, Op: operators()[at].op, Values: []string{v.FormValue("value")}})
	if v.FormValue("not") != "" {
		more = ask.Not(more)
	}
	x.Filter = ask.And(x.Filter, more)
	http.Redirect(w, v.Request, x.link(), http.StatusSeeOther)
	return nil
}
