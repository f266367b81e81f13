package main

import (
	_ "embed"
	"io"
	"strings"
	"text/template"
	"time"

	"muster/internal/agent"
)

// enrolment is an invitation, and how far it goes.
type enrolment struct {
	agent.Invitation
	Limit int
	Until time.Time
}

//go:embed enrolment.txt
var enrolmentText string

// print writes the lines for each platform.
func (e enrolment) print(w io.Writer) error {
	lines, err := template.New("enrolment").Parse(enrolmentText)
	if err != nil {
		return err
	}
	return lines.Execute(w, e)
}

// Private says whether the URL is one whose certificate a machine may have to be told to trust.
func (e enrolment) Private() bool { return strings.HasPrefix(e.URL, "https:") }
