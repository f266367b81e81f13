package daemon

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/internal/client"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// running is a daemon that can be stopped any number of times.
type running struct {
	*Daemon
	stop func()
}

// start runs a daemon for the time of the test, unless it is stopped before.
func start(t *testing.T, c Config) running {
	t.Helper()
	d, err := Start(t.Context(), quiet(t, c))
	if err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := d.Stop(ctx); err != nil {
			t.Error("stop: ", err)
		}
	})
	t.Cleanup(stop)
	return running{d, stop}
}

// quiet fills in what tests need not say.
func quiet(t *testing.T, c Config) Config {
	t.Helper()
	if c.Data == "" {
		c.Data = t.TempDir()
	}
	c.Log = slog.New(slog.DiscardHandler)
	return c
}

// put makes a call with the key, and says what became of it.
func put(t *testing.T, d running, key sigv4.Credentials) error {
	t.Helper()
	c, err := client.New(client.Config{Endpoint: d.URL, Region: region, Credentials: key, MaxAttempts: 1, Transport: http.DefaultTransport})
	if err != nil {
		return err
	}
	in := new(ssmapi.PutInventoryInput)
	mustDecode(t, goodPut, in)
	_, err = client.Call[ssmapi.PutInventoryInput, ssmapi.PutInventoryOutput](t.Context(), c, "PutInventory", in)
	return err
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestOneProcessPerDirectory(t *testing.T) {
	t.Parallel()
	first := start(t, Config{})
	config := quiet(t, Config{Data: filepath.Dir(first.Credentials)})
	_, err := Start(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "another muster is running on "+config.Data) {
		t.Fatal("the second start: ", err)
	}
	if err := put(t, first, first.Admin); err != nil {
		t.Error("the first, after the second was refused: ", err)
	}
	first.stop()
	start(t, config)
}

// TestFailedStart holds a start that fails to leaving the directory as good as it found it.
func TestFailedStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	garbage := []byte("neither a store nor a credentials file, but long enough to look like something")

	for _, c := range []struct {
		name  string
		spoil func(*Config) error
		heal  func(*Config) error
		want  string
	}{
		{
			name:  "the port is taken",
			spoil: func(c *Config) error { c.Listen = taken.Addr().String(); return nil },
			heal:  func(c *Config) error { c.Listen = ""; return nil },
			want:  "listen: ",
		},
		{
			name:  "the store is none",
			spoil: func(c *Config) error { return os.WriteFile(filepath.Join(c.Data, DatabaseFile), garbage, 0o600) },
			heal:  func(c *Config) error { return os.Remove(filepath.Join(c.Data, DatabaseFile)) },
			want:  "open store",
		},
		{
			name:  "the credentials are none",
			spoil: func(c *Config) error { return os.WriteFile(filepath.Join(c.Data, "credentials"), garbage, 0o600) },
			heal:  func(c *Config) error { return os.Remove(filepath.Join(c.Data, "credentials")) },
			want:  "read the administrator's key: ",
		},
		{
			name:  "the directory is a file",
			spoil: func(c *Config) error { c.Data = filepath.Join(c.Data, "file"); return os.WriteFile(c.Data, nil, 0o600) },
			heal:  func(c *Config) error { return os.Remove(c.Data) },
			want:  "make the data directory: ",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := quiet(t, Config{})
			if err := c.spoil(&config); err != nil {
				t.Fatal(err)
			}
			d, err := Start(t.Context(), config)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if d != nil {
				t.Error("there is a daemon, and an error")
			}
			if err := c.heal(&config); err != nil {
				t.Fatal(err)
			}
			healed := start(t, config)
			if err := put(t, healed, healed.Admin); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestServingEnds tells whoever waits that there is nothing more to wait for.
func TestServingEnds(t *testing.T) {
	t.Parallel()
	d := start(t, Config{})
	if err := d.http.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-d.Failed(); err == nil {
		t.Error("serving ended without a reason")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	d := start(t, Config{})
	stay := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, c := range []struct {
		path, accept string
		status       int
		to           string
	}{
		{"/", "text/html,application/xhtml+xml;q=0.9", http.StatusSeeOther, "/ui/"},
		{"/", "*/*", http.StatusOK, ""},
		{"/ui", "text/html", http.StatusTemporaryRedirect, "/ui/"},
		{"/ui/", "text/html", http.StatusSeeOther, "/ui/sign-in"},
		{"/ui/sign-in", "text/html", http.StatusOK, ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", d.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", c.accept)
		response, err := stay.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.status || response.Header.Get("Location") != c.to {
			t.Errorf("GET %s for %s: %s to %q", c.path, c.accept, response.Status, response.Header.Get("Location"))
		}
	}
}
