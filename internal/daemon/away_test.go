package daemon

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"muster/internal/sigv4"
	"muster/internal/store/postgres/pgtest"
)

// TestStartWaits starts servers on a database that is away, which comes back when the log says so. One that will never be there is
// not waited for.
func TestStartWaits(t *testing.T) {
	t.Parallel()
	database := pgtest.Start(t, "max_connections=8", "superuser_reserved_connections=0")
	url, key := database.URL(t), sigv4.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "a-secret-of-mine"}
	for _, c := range []struct {
		name string
		away func() (back func())
		why  string
	}{
		{"others have all connections", func() func() { return database.TakeAllConnections(t).Leave }, "53300"},
		{"it does not run", func() func() { database.Kill(t); return func() { database.Restart(t) } }, "failed to connect"},
	} {
		back := c.away()
		first := &firstRecord{Handler: slog.NewTextHandler(io.Discard, nil), then: back}
		d, err := Start(t.Context(), Config{Data: t.TempDir(), Store: url, Log: slog.New(first), FirstKey: key})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		defer d.Stop(context.Background())
		if err := put(t, running{Daemon: d}, d.Admin); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if !strings.Contains(first.text, "the database is away") || !strings.Contains(first.text, c.why) {
			t.Errorf("%s: the log begins with %s", c.name, first.text)
		}
	}

	nowhere := Config{Data: t.TempDir(), Store: strings.Replace(url, "/postgres?", "/nowhere?", 1), Log: slog.New(slog.DiscardHandler)}
	if _, err := Start(t.Context(), nowhere); err == nil || !strings.Contains(err.Error(), `database "nowhere" does not exist`) {
		t.Errorf("of a database that does not exist the error is %v", err)
	}
}

// firstRecord keeps the first record of a log, and then does something.
type firstRecord struct {
	slog.Handler
	then func()
	once sync.Once
	text string
}

func (f *firstRecord) Handle(_ context.Context, r slog.Record) error {
	f.once.Do(func() {
		f.text = r.Message
		r.Attrs(func(a slog.Attr) bool {
			f.text += " " + a.String()
			return true
		})
		f.then()
	})
	return nil
}
