package main

import (
	_ "embed"
	"io"
	"strings"
	"text/template"
	"time"
)

// enrolment is what the lines to paste on a machine are made of.
type enrolment struct {
	URL, Region, ID, Code string
	Limit                 int
	Until                 time.Time
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

// Config is the agent's configuration. Each of its services has an endpoint of its own, and without one it calls AWS; that of the
// third is always called by TLS, and ignored without a scheme.
func (e enrolment) Config() string {
	return `{"Ssm":{"Endpoint":"` + e.URL + `"},"Mds":{"Endpoint":"` + e.URL + `"},"Mgs":{"Endpoint":"` + e.URL + `"},"Identity":{"ConsumptionOrder":["OnPrem"]}}`
}

// Private says whether the URL is one whose certificate a machine may have to be told to trust.
func (e enrolment) Private() bool { return strings.HasPrefix(e.URL, "https:") }
