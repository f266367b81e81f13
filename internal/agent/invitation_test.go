package agent

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestInvitation(t *testing.T) {
	t.Parallel()
	i := Invitation{URL: "https://muster.example:8181", Region: "eu-west-1", ID: "the-id", Code: "the-code"}
	for _, w := range i.Ways() {
		for _, want := range []string{i.URL, i.Region, i.ID, i.Code} {
			if !strings.Contains(w.Lines, want) {
				t.Errorf("%s: the lines lack %s:\n%s", w.Title, want, w.Lines)
			}
		}
	}
	var config map[string]struct{ Endpoint string }
	if err := json.Unmarshal([]byte(i.config()), &config); err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"Ssm", "Mds", "Mgs"} {
		if got := config[service].Endpoint; got != i.URL {
			t.Errorf("%s is at %q", service, got)
		}
	}
}

func TestServerURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://muster.example:8181/": "https://muster.example:8181",
		"http://[2001:db8::1]:8181":    "http://[2001:db8::1]:8181",
		"https://muster.example/a/":    "https://muster.example/a",
		"muster.example:8181":          "",
		"ftp://muster.example":         "",
		"https://":                     "",
		"":                             "",
		"https://a'; rm -r /; '":       "",
		`https://a"b`:                  "",
		"https://a$(b)":                "",
		"https://a\nb":                 "",
	} {
		if got, err := ServerURL(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}
