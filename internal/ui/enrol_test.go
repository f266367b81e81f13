package ui

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster"
	"muster/internal/fleet"
)

// activationFields are those of the form, but for its token.
func activationFields(changed ...string) url.Values {
	form := url.Values{
		"name": {"web"}, "description": {"the <b>web</b> servers"}, "role": {"muster"}, "limit": {"3"}, "hours": {"720"},
		"tags": {"Team=shop\r\nStage=\r\n"}, "url": {"https://muster.example:8181/"},
	}
	for i := 0; i < len(changed); i += 2 {
		form.Set(changed[i], changed[i+1])
	}
	return form
}

var shownCode = regexp.MustCompile(`<dt>Code</dt><dd><code>([A-Z2-7]{26})</code>`)

func TestActivationIsMadeAndItsCodeShownOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var log bytes.Buffer
	r.UI.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	session := r.signedIn("ADMIN")
	form := activationFields("csrf", r.csrf(session))
	got := fetch(r, "POST", "/ui/eu-west-1/enrol", form, session)
	text := body(t, got)
	code := shownCode.FindStringSubmatch(text)
	if got.StatusCode != http.StatusOK || code == nil || got.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s\n%s", got.Status, text)
	}
	all := r.Fleet.Activations(space)
	if len(all) != 1 {
		t.Fatalf("there are %d activations", len(all))
	}
	a := all[0]
	if a.NodeName != "web" || a.Limit != 3 || a.Role != "muster" || !a.Expires.Equal(r.now().Add(720*time.Hour)) ||
		len(a.Tags) != 2 || a.Tags[1] != (muster.Tag{Key: "Team", Value: "shop"}) {
		t.Errorf("it is %+v", a.Activation)
	}
	for _, want := range []string{
		"amazon-ssm-agent -register -y -code " + code[1] + " -id " + a.ID + " -region eu-west-1",
		"AmazonSSMAgent", "com.amazon.aws.ssm.plist", "CA of your own",
		"muster enroll --endpoint https://muster.example:8181 --region eu-west-1 --code " + code[1] + " --id " + a.ID,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer lacks %s\n%s", want, text)
		}
	}
	for _, path := range []string{"/ui/eu-west-1/enrol", "/ui/eu-west-1/enrol/" + a.ID} {
		text := r.page(path, session)
		if strings.Contains(text, code[1]) || !strings.Contains(text, "the &lt;b&gt;web&lt;/b&gt; servers") {
			t.Errorf("%s:\n%s", path, text)
		}
	}
	if strings.Contains(log.String(), code[1]) {
		t.Errorf("the log has the code:\n%s", &log)
	}
}

func TestActivationsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("ADMIN")
	csrf := r.csrf(session)
	for _, c := range []struct{ field, value, says string }{
		{"limit", "1001", "registrationLimit"},
		{"limit", "0", "registrationLimit"},
		{"limit", "many", "not a number"},
		{"hours", "0", "has passed"},
		{"hours", "721", "more than 30 days"},
		{"hours", "-1", "whole number"},
		{"name", `"><script>`, "defaultInstanceName"},
		{"role", strings.Repeat("r", 65), "iamRole"},
		{"tags", "Team", "KEY=VALUE"},
		{"tags", strings.Repeat("a=b\n", 1001), "tags"},
		{"url", "muster.example", "http or https"},
		{"url", "https://a'; reboot; '", "http or https"},
	} {
		got := fetch(r, "POST", "/ui/eu-west-1/enrol", activationFields(c.field, c.value, "csrf", csrf), session)
		text := body(t, got)
		if got.StatusCode != http.StatusBadRequest || !strings.Contains(text, c.says) || !strings.Contains(text, "the &lt;b&gt;web") || strings.Contains(text, "<script>") {
			t.Errorf("%s %.20q: %s\n%s", c.field, c.value, got.Status, text)
		}
	}
	for name, csrf := range map[string]string{"no token": "", "the token of another": r.csrf(r.signedIn("ADMIN"))} {
		if got := fetch(r, "POST", "/ui/eu-west-1/enrol", activationFields("csrf", csrf), session); got.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, got.Status)
		}
	}
	if got := r.Fleet.Activations(space); len(got) > 0 {
		t.Errorf("there are %d activations", len(got))
	}
}

func TestArrivals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, session := context.Background(), r.signedIn("READ")
	id, code, err := r.Fleet.CreateActivation(ctx, space, muster.Activation{Role: "r", NodeName: "web", Limit: 1, Created: r.now(), Expires: r.now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if text := r.page("/ui/eu-west-1/enrol/"+id, session); !strings.Contains(text, "None yet") {
		t.Errorf("before any came:\n%s", text)
	}
	r.put(1, muster.TypeInstanceInformation, entry("ComputerName", "other"))
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	node, err := r.Fleet.Activate(ctx, id, code, fleet.Machine{PublicKey: fleet.PublicKey{Type: "Rsa", Text: base64.StdEncoding.EncodeToString(der)}, Fingerprint: "f"})
	if err != nil {
		t.Fatal(err)
	}
	r.later(2 * time.Hour)
	for path, others := range map[string]bool{"/ui/eu-west-1/enrol": true, "/ui/eu-west-1/enrol/" + id: false} {
		text := r.page(path, session)
		if !strings.Contains(text, `id="live" data-live="`+path+`"`) || !strings.Contains(text, `href="/ui/eu-west-1/nodes/`+string(node)+`"`) || strings.Contains(text, string(nodeID(1))) != others {
			t.Errorf("%s:\n%s", path, text)
		}
		if !strings.Contains(text, "expired") {
			t.Errorf("%s does not say that it has expired", path)
		}
		for _, offer := range []string{"Make an activation", "Delete this"} {
			if strings.Contains(text, offer) {
				t.Errorf("%s offers a reader: %s", path, offer)
			}
		}
	}
}

func TestDeleteActivation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("ADMIN")
	id, _, err := r.Fleet.CreateActivation(context.Background(), space, muster.Activation{Role: "r", Limit: 1, Created: r.now(), Expires: r.now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	of := "/ui/eu-west-1/enrol/" + id
	if text := r.page(of, session); !strings.Contains(text, `href="`+of+`/delete"`) {
		t.Errorf("it is not offered:\n%s", text)
	}
	if text := r.page(of+"/delete", session); !strings.Contains(text, `action="`+of+`/delete"`) {
		t.Errorf("it does not ask:\n%s", text)
	}
	if got := fetch(r, "POST", of+"/delete", url.Values{}, session); got.StatusCode != http.StatusForbidden {
		t.Errorf("without a token: %s", got.Status)
	}
	if got := len(r.Fleet.Activations(space)); got != 1 {
		t.Fatalf("there are %d activations", got)
	}
	form := url.Values{"csrf": {r.csrf(session)}}
	got := fetch(r, "POST", of+"/delete", form, session)
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/ui/eu-west-1/enrol" || len(r.Fleet.Activations(space)) > 0 {
		t.Errorf("%s to %s", got.Status, got.Header.Get("Location"))
	}
	for _, path := range []string{of, of + "/delete", "/ui/us-east-1/enrol/" + id} {
		if got := fetch(r, "GET", path, nil, session); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, got.Status)
		}
	}
	if got := fetch(r, "POST", of+"/delete", form, session); got.StatusCode < 400 {
		t.Errorf("again: %s", got.Status)
	}
}
