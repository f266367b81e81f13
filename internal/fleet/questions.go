package fleet

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"muster"
	"muster/internal/index"
)

// How many of the slowest questions of an account are remembered, and for how long.
const (
	questionsKept   = 20
	questionsFor    = time.Hour
	maxPlan         = 20   // steps of a plan
	maxQuestionText = 2000 // bytes of the question, and of each step
)

// Question is one that was answered, and what that took.
type Question struct {
	Space  muster.Space
	Asked  time.Time
	Took   time.Duration
	Method string // the operation's name, or what else was asked
	Text   string // the question itself, in the words of its method
	Work   index.Work
}

// questions remembers the slowest of each account: nothing of one is shown to another.
type questions struct {
	mu      sync.Mutex
	slowest map[muster.AccountID][]Question // the slowest first
}

// Answered tells of a question. It is remembered, and its text asked for, if it is one of the slowest of the last hour; of those that
// ask the same, the slowest.
func (f *Fleet) Answered(q Question, text func() string) { f.asked.add(q, f.Now(), text) }

func (a *questions) add(q Question, now time.Time, text func() string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	account := q.Space.Account
	recent := a.recent(account, now)
	at, _ := slices.BinarySearchFunc(recent, q, func(a, b Question) int { return cmp.Compare(b.Took, a.Took) })
	if at == questionsKept {
		return
	}
	q.Asked, q.Text = now, cut(text())
	same := func(r Question) bool { return r.Space == q.Space && r.Method == q.Method && r.Text == q.Text }
	if slices.ContainsFunc(recent[:at], same) {
		return
	}
	recent = slices.DeleteFunc(recent, same)
	q.Work.Plan = slices.Clone(q.Work.Plan[:min(len(q.Work.Plan), maxPlan)])
	for i, step := range q.Work.Plan {
		q.Work.Plan[i] = cut(step)
	}
	recent = slices.Insert(recent, at, q)
	a.slowest[account] = recent[:min(len(recent), questionsKept)]
}

// recent forgets what is too long ago, and gives the rest.
func (a *questions) recent(account muster.AccountID, now time.Time) []Question {
	if a.slowest == nil {
		a.slowest = map[muster.AccountID][]Question{}
	}
	a.slowest[account] = slices.DeleteFunc(a.slowest[account], func(q Question) bool { return now.Sub(q.Asked) >= questionsFor })
	return a.slowest[account]
}

// cut keeps a text from being remembered at any length.
func cut(text string) string {
	if len(text) <= maxQuestionText {
		return text
	}
	return strings.ToValidUTF8(text[:maxQuestionText], "") + " …"
}

// SlowestQuestions gives those of the account that this server has answered in the last hour, the slowest first.
func (f *Fleet) SlowestQuestions(account muster.AccountID) []Question {
	f.asked.mu.Lock()
	defer f.asked.mu.Unlock()
	return slices.Clone(f.asked.recent(account, f.Now()))
}
