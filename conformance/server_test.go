package conformance

import (
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/mustertest"
)

// started is the time at which the clock of every server stands at first. Cases name it.
var started = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// newServer starts a muster, or gives the endpoint that the environment names; see README.md. A case that needs what the
// endpoint does not have is left out. The store is that of mustertest.Options.
func newServer(t *testing.T, c *Case, store string) (s Server, region string) {
	t.Helper()
	if url := os.Getenv("CONFORMANCE_ENDPOINT"); url != "" {
		if why := c.needs(); why != "" {
			t.Skip("not against a foreign endpoint: ", why)
		}
		return endpoint(url), foreignRegion(t)
	}
	return &ours{Server: mustertest.New(t, &mustertest.Options{
		Strict: c.Options.Strict, ClosedRegistration: c.Options.RegistrationClosed, MaxBody: c.Options.MaxBody, Now: started, Store: store,
	})}, "us-east-1"
}

// ours is a muster of our own.
type ours struct {
	*mustertest.Server
	mu   sync.Mutex
	keys map[[2]string][2]string
}

func (s *ours) Key(role, node string) (id, secret string) {
	if role == "admin" {
		return s.AccessKey()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	who := [2]string{role, node}
	key, made := s.keys[who]
	if !made {
		key[0], key[1] = s.NewKey(role, node)
		if s.keys == nil {
			s.keys = map[[2]string][2]string{}
		}
		s.keys[who] = key
	}
	return key[0], key[1]
}

// endpoint is somebody else's server, by its URL.
type endpoint string

func (e endpoint) URL() string { return strings.TrimSuffix(string(e), "/") }

func (e endpoint) Key(string, string) (id, secret string) {
	return os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
}

func (e endpoint) Now() time.Time        { return time.Now() }
func (e endpoint) Advance(time.Duration) { panic("needs keeps such a case away") }
func (e endpoint) Restart()              { panic("needs keeps such a case away") }

// needs says what a foreign endpoint lacks for the case, if anything.
func (c *Case) needs() string {
	if c.Options != (Options{}) {
		return "other flags"
	}
	for _, step := range c.Steps {
		switch {
		case step.Role != "admin":
			return "other keys"
		case step.Region != "":
			return "other regions"
		case step.Kind == "advance", step.Kind == "restart":
			return "its clock or process"
		case step.Answer != nil && strings.Contains(step.Answer.Body, started.Format("20060102")):
			return "its clock"
		}
	}
	return ""
}

// foreignRegion gives every case a region, which with muster is a space, of its own, unless AWS_REGION names one for all.
func foreignRegion(t *testing.T) string {
	if region := os.Getenv("AWS_REGION"); region != "" {
		return region
	}
	name := regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(t.Name()), "-")
	return "cf-" + name[max(0, len(name)-40):] + "-1"
}
