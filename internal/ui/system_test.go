package ui

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster"
	"muster/internal/fleet"
	"muster/internal/index"
)

func TestSystem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	if text := r.page("/ui/eu-west-1/system", session); !strings.Contains(text, "No node has reported yet") || !strings.Contains(text, "Nothing was asked") {
		t.Errorf("of an empty fleet:\n%s", text)
	}
	for n := range 3 {
		r.put(n, "AWS:Application", entry("Name", "a"))
	}
	of := func(account muster.AccountID, text string) {
		q := fleet.Question{
			Space: muster.Space{Account: account, Region: "eu-west-1"}, Took: 1234 * time.Millisecond, Method: "GetInventory",
			Work: index.Work{Plan: []string{"step <b>one</b>"}, Nodes: 4321, Rows: 7},
		}
		r.Fleet.Answered(q, func() string { return text })
	}
	of(account, `{"Filters":"<script>`)
	of("444455556666", "not ours")
	r.page("/ui/eu-west-1/nodes?q="+url.QueryEscape("name = a"), session)
	r.later(90 * time.Second)
	text := r.page("/ui/eu-west-1/system", session)
	for _, want := range []string{
		`<dd>ready</dd>`, `<a href="/ui/eu-west-1/">eu-west-1</a></th><td class="n">3</td><td class="n">2</td>`,
		`<dt>Reports in the last hour</dt><dd>3</dd>`, `<dt>Version</dt><dd>test</dd>`, "1 min ago",
		`<td class="n">1234.0</td>`, `<td class="n">4,321</td><td class="n">7</td>`, "{&#34;Filters&#34;:&#34;&lt;script&gt;", "step &lt;b&gt;one&lt;/b&gt;",
		`<a href="/ui/eu-west-1/nodes?q=name&#43;%3D&#43;a">`, `calls on average`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(text, "not ours") || strings.Contains(text, "<script>") || t.Failed() {
		t.Errorf("the page is\n%s", text)
	}
}

func TestSystemTellsTheStore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u, err := New(context.Background(), Config{
		Fleet: r.Fleet, Now: r.now, Log: slog.New(slog.DiscardHandler),
		Store: func() (string, int64) { return "SQLite", 12_345_678 },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.UI = u
	text := r.page("/ui/eu-west-1/system", r.signedIn("READ"))
	if !strings.Contains(text, "<dt>Store</dt><dd>SQLite</dd>") || !strings.Contains(text, "<dd>12.3 MB</dd>") {
		t.Errorf("the page is\n%s", text)
	}
}
