package fleet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"muster"
	"muster/internal/index"
)

func TestSlowestQuestions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := newRig(t, Config{})
		answered := func(took time.Duration, text string) (kept bool) {
			r.Answered(Question{Space: here, Took: took, Work: index.Work{Plan: []string{text}}}, func() string { kept = true; return text })
			return kept
		}
		for i := range questionsKept {
			if took := time.Duration(2*i+2) * time.Millisecond; !answered(took, fmt.Sprint(took)) {
				t.Errorf("%s is not kept", took)
			}
		}
		if answered(time.Millisecond, "quick") {
			t.Error("one that was quicker than all is kept")
		}
		if !answered(3*time.Millisecond, "3ms") {
			t.Error("one that was slower than some is not kept")
		}
		all := r.SlowestQuestions(here.Account)
		if n := len(all); n != questionsKept || all[0].Text != "40ms" || all[n-2].Text != "4ms" || all[n-1].Text != "3ms" || !all[0].Asked.Equal(r.now()) {
			t.Errorf("they are %+v", all)
		}
		if others := r.SlowestQuestions("444455556666"); len(others) > 0 {
			t.Errorf("another account sees %+v", others)
		}
		answered(5*time.Millisecond, "40ms")
		answered(50*time.Millisecond, "38ms")
		all = r.SlowestQuestions(here.Account)
		if n := len(all); n != questionsKept || all[0].Text != "38ms" || all[0].Took != 50*time.Millisecond || all[1].Text != "40ms" || all[1].Took != 40*time.Millisecond || all[2].Text != "36ms" {
			t.Errorf("two were asked again, and there are %+v", all)
		}
		r.live(questionsFor - time.Second)
		answered(time.Microsecond, "late")
		if !answered(time.Minute, strings.Repeat("é", maxQuestionText)) {
			t.Error("the slowest of all is not kept")
		}
		r.live(time.Second)
		all = r.SlowestQuestions(here.Account)
		if len(all) != 1 || len(all[0].Text) > maxQuestionText+5 || len(all[0].Work.Plan[0]) > maxQuestionText+5 {
			t.Errorf("an hour later they are %+v", all)
		}
	})
}

func TestQuestionsHaveShortPlans(t *testing.T) {
	t.Parallel()
	var a questions
	a.add(Question{Space: muster.Space{Account: "1"}, Work: index.Work{Plan: make([]string, 1000)}}, time.Unix(0, 0), func() string { return "" })
	if got := a.slowest["1"][0].Work.Plan; len(got) != maxPlan {
		t.Errorf("there are %d steps", len(got))
	}
}
