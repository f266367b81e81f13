package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"muster/internal/client"
	"muster/internal/sigv4"
)

// TestAskAWS asks an endpoint that has no operations of muster's own: filters that AWS's can say are put as such, and of others
// the error says what it takes.
func TestAskAWS(t *testing.T) {
	t.Parallel()
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "AmazonSSM.GetInventory" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"UnknownOperationException"}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"NextToken"`) {
			fmt.Fprint(w, `{"Entities":[{"Id":"mi-2","Data":{}}]}`)
			return
		}
		fmt.Fprint(w, `{"Entities":[{"Id":"mi-1","Data":{}}],"NextToken":"more"}`)
	}))
	defer aws.Close()
	c, err := client.New(client.Config{Endpoint: aws.URL, Region: "eu-west-1", Credentials: sigv4.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "x"}, MaxAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"name = bash and not platform = Linux":     "mi-1 mi-2",
		"name = bash or platform = Linux":          "which takes a muster to answer",
		strings.Repeat("ip != 1 and ", 5) + "ip=2": "which takes a muster to answer",
	} {
		filter, err := readFilter([]string{text})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for e, err := range (question{filter: filter}).entities(t.Context(), c) {
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, e.Id)
		}
		if !strings.HasSuffix(strings.Join(got, " "), want) {
			t.Errorf("%s: %q, want %s", text, got, want)
		}
	}
}
