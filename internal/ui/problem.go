package ui

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"muster"
	"muster/internal/ask"
)

// problem is an error that is shown to a person: what is wrong, and what to do about it.
type problem struct {
	Status int
	Title  string
	Advice string
	ID     string // that the log has, too; empty if the log has nothing
}

func (p *problem) Error() string { return p.Title }

var (
	noPage  error = &problem{Status: http.StatusNotFound, Title: "There is no such page", Advice: "Look at its address, or begin at the overview."}
	badForm error = &problem{Status: http.StatusBadRequest, Title: "The form cannot be read", Advice: "Go back, and send less."}
	oldForm error = &problem{Status: http.StatusForbidden, Title: "The form is of another session",
		Advice: "Nothing was changed. Go back, load the page again, and send the form once more."}
	badSilence error = &problem{Status: http.StatusBadRequest, Title: "The address cannot be read",
		Advice: "silent says how long a node was not heard of, in seconds: silent=3600-7200, or silent=86400- for a day or longer."}
	foreignForm error = &problem{Status: http.StatusForbidden, Title: "The form is not one of ours",
		Advice: "A page of another address sent it, and nothing was done. If a proxy stands in front, have it pass the Host header on."}
	adminsOnly error = &problem{Status: http.StatusForbidden, Title: "Your key may not do this",
		Advice: "Nothing was changed. Sign in with a key of the role admin, or ask an administrator."}
	tooLong error = &problem{Status: http.StatusServiceUnavailable, Title: "The answer took too long",
		Advice: "Ask for less, by a narrower filter, or try again when the server has less to do."}
)

// problemOf says what a person is told of an error.
func (u *UI) problemOf(r *http.Request, err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return tooLong.(*problem)
	}
	if wrong, ok := errors.AsType[*ask.Error](err); ok {
		return &problem{Status: http.StatusBadRequest, Title: "The filter cannot be read", Advice: wrong.Error()}
	}
	if known, ok := errors.AsType[*muster.Error](err); ok && known.Code == muster.CodeAccessDenied {
		return &problem{Status: http.StatusForbidden, Title: "Your key may not do this",
			Advice: "Sign in with a key of the role admin, or ask an administrator. " + known.Message}
	} else if ok && known.Code.Status() < http.StatusInternalServerError {
		return &problem{Status: known.Code.Status(), Title: "This cannot be done", Advice: known.Error()}
	}
	p := &problem{Status: http.StatusInternalServerError, Title: "The server failed",
		Advice: "Try again. If it stays so, look this id up in the server’s log:", ID: uuid.NewString()}
	if r.Context().Err() == nil {
		u.Log.Error("a page failed", "id", p.ID, "path", r.URL.Path, "err", err)
	}
	return p
}

// fail answers with an error, as a page. The visit is nil if nobody has signed in.
func (u *UI) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	p := u.problemOf(r, err)
	if v == nil || v.snapshot == nil {
		u.renderBare(w, p.Status, "failure.html", p)
		return
	}
	u.render(w, v, view{Template: "error.html", Title: p.Title, Status: p.Status, Page: p})
}
