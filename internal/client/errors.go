package client

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

// Error is an endpoint's refusal. Code is empty if what answered does not
// speak AWS JSON, a proxy say.
type Error struct {
	Status    int         // of HTTP
	Code      muster.Code // "ItemContentMismatchException"
	Message   string
	RequestID string
	Members   map[string]jsontext.Value // everything in the answer, Code and Message included
}

func (e *Error) Error() string {
	text := cmp.Or(string(e.Code), fmt.Sprintf("HTTP status %d", e.Status))
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.RequestID != "" {
		text += " (request " + e.RequestID + ")"
	}
	return text
}

// newError reads a refusal. The message may be spelled either way; a body that
// is no JSON object, or broken JSON, leaves the text of the status.
func newError(response *http.Response, body []byte) *Error {
	e := &Error{Status: response.StatusCode, RequestID: response.Header.Get("X-Amzn-Requestid")}
	if json.Unmarshal(body, &e.Members) != nil {
		e.Members = nil
	}
	e.Code = shapeName(e.text("__type"))
	e.Message = cmp.Or(e.text("message"), e.text("Message"))
	if e.Code == "" && e.Message == "" {
		e.Message = http.StatusText(e.Status)
	}
	return e
}

// text gives a member that is a string, else "".
func (e *Error) text(member string) string {
	var s string
	if json.Unmarshal(e.Members[member], &s) != nil {
		return ""
	}
	return s
}

// shapeName takes "com.amazonaws.ssm#InvalidFilter:http://…" to InvalidFilter.
func shapeName(typ string) muster.Code {
	if _, after, ok := strings.Cut(typ, "#"); ok {
		typ = after
	}
	name, _, _ := strings.Cut(typ, ":")
	return muster.Code(name)
}
