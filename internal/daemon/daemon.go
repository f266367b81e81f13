// Package daemon is one running muster: store, fleet, operations, pages and HTTP put together, started and stopped in the right order.
// It holds no rule of the inventory; cmd/muster and mustertest are what people see of it.
package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/gofrs/flock"

	"muster"
	"muster/internal/awsjson"
	"muster/internal/fleet"
	"muster/internal/server"
	"muster/internal/sigv4"
	"muster/internal/ui"
)

// Config says what to run. Data is required; the zero value of the rest works.
type Config struct {
	Listen  string // default 127.0.0.1:0, a free port
	TLS     TLS
	Data    string // directory, made if it is missing; one process at a time
	Store   string // StoreSQLite, which is the default, or the URL of a PostgreSQL database
	Cache   string // directory of a copy of a database, for the next start; none if empty
	Version string // of the program, for the metrics
	Log     *slog.Logger
	Now     func() time.Time

	Fleet   fleet.Config // all but Store, Now and Log, which are filled in
	MaxBody int64        // bytes of a request; default awsjson.DefaultMaxBody

	// BodyBudget is the memory, in bytes, for the bodies of requests under way. The default is awsjson.DefaultBodyBudget, or an
	// eighth of GOMEMLIMIT if that is less.
	BodyBudget int64

	Patience Patience
	Account  muster.AccountID
	FirstKey sigv4.Credentials // the first administrator's; if empty, one is made and written to Data/credentials
}

// defaultAccount is whom the first administrator's key belongs to. AWS gives this number to nobody.
const defaultAccount = "000000000000"

// Daemon is a running muster.
type Daemon struct {
	URL         string // where it serves
	Trust       Trust  // what clients of an https URL need to know
	Credentials string // the path of the file with the first administrator's key; empty if the key was given
	Admin       sigv4.Credentials
	Fleet       *fleet.Fleet

	// Transport is for clients within this process; nil if any will do.
	Transport http.RoundTripper

	http   *http.Server // nil until it listens
	door   door
	served chan error
	lock   *flock.Flock

	stopping <-chan struct{}
	endWaits context.CancelFunc // closes it
}

// Start serves, and opens the store, for which it waits if it is a database that is away: when it returns, requests are answered, and
// until then they are told to come again.
func Start(ctx context.Context, c Config) (*Daemon, error) {
	d := &Daemon{served: make(chan error, 1)}
	running, stop := context.WithCancel(context.Background())
	d.stopping, d.endWaits = running.Done(), stop
	if err := d.start(ctx, c.withDefaults()); err != nil {
		if d.http != nil {
			err = errors.Join(err, d.http.Close())
		}
		return nil, errors.Join(err, d.release())
	}
	return d, nil
}

func (d *Daemon) start(ctx context.Context, c Config) (err error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if d.lock, err = lock(c.Data); err != nil {
		return err
	}
	d.http = serving(&d.door, c)
	if err := d.serve(c); err != nil {
		return err
	}
	metrics := newMetrics(c.Version)
	if d.Fleet, err = awaitFleet(ctx, c, metrics); err != nil {
		return err
	}
	if err := d.firstKey(ctx, c); err != nil {
		return err
	}
	operations, err := server.New(ctx, server.Config{Fleet: d.Fleet, Now: c.Now, Strict: c.Fleet.Strict, Log: c.Log, Stopping: d.stopping})
	if err != nil {
		return err
	}
	pages, err := ui.New(ctx, ui.Config{
		Fleet: d.Fleet, Now: c.Now, Log: c.Log, Version: c.Version, Store: func() (string, int64) { return storage(c) },
	})
	if err != nil {
		return err
	}
	metrics.watch(d.Fleet)

	d.door.lead(newHandler(c, d.Fleet, operations, pages, metrics))
	return nil
}

// serve begins to listen.
func (d *Daemon) serve(c Config) error {
	var cert *certificate
	if c.TLS.on() {
		var err error
		if cert, err = loadCertificate(c.TLS, c.Now, c.Log); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	address := listener.Addr().String()
	if cert == nil {
		d.URL = "http://" + address
		go func() { d.served <- d.http.Serve(listener) }()
		return nil
	}
	d.URL, d.Trust, d.Transport = cert.url(address), cert.trusted(), cert.transport(address)
	d.http.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get}
	go func() { d.served <- d.http.ServeTLS(listener, "", "") }()
	return nil
}

func (c Config) withDefaults() Config {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Store == "" {
		c.Store = StoreSQLite
	}
	if c.Account == "" {
		c.Account = defaultAccount
	}
	if c.BodyBudget == 0 {
		c.BodyBudget = min(awsjson.DefaultBodyBudget, debug.SetMemoryLimit(-1)/8)
	}
	c.Patience = c.Patience.withDefaults()
	return c
}

// Failed delivers the reason if serving ends by itself.
func (d *Daemon) Failed() <-chan error { return d.served }

// Stop takes no more requests, lets those under way finish until ctx ends, and closes everything.
func (d *Daemon) Stop(ctx context.Context) error {
	d.endWaits() // else Shutdown would wait for those who wait for messages
	err := d.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, d.http.Close())
	}
	return errors.Join(err, d.release())
}

// release gives back what was taken, in the reverse order.
func (d *Daemon) release() error {
	var err error
	if d.Fleet != nil {
		err = d.Fleet.Close()
	}
	if d.lock != nil {
		err = errors.Join(err, d.lock.Unlock())
	}
	return err
}

// lock makes sure that one process has the data directory.
func lock(dir string) (*flock.Flock, error) {
	l := flock.New(filepath.Join(dir, "lock"))
	held, err := l.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the data directory: %w", err)
	case !held:
		return nil, fmt.Errorf("another muster is running on %s: stop it, or choose another directory with --data", dir)
	}
	return l, nil
}
