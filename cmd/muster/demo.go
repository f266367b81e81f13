package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"muster/internal/child"
	"muster/internal/client"
	"muster/internal/fleet"
	"muster/internal/sigv4"
)

// demo is a cluster on this machine, or as much of one as has been started.
type demo struct {
	mu       sync.Mutex // of out
	out, log io.Writer

	dir      string // of the servers, and of the key
	key      sigv4.Credentials
	database *child.Postgres
	servers  [3]*demoServer
	url      string // of the balancer

	undo []func() error // what has been started, in order
}

// start starts everything but the fleet.
func (d *demo) start(listen string) error {
	if err := d.startDatabase(); err != nil {
		return err
	}
	if err := d.makeKey(); err != nil {
		return err
	}
	for i := range d.servers {
		if err := d.startServer(i); err != nil {
			return err
		}
	}
	return d.startBalancer(listen)
}

// stop undoes what start has done, the last first.
func (d *demo) stop() (err error) {
	for _, undo := range slices.Backward(d.undo) {
		err = errors.Join(err, undo())
	}
	return err
}

func (d *demo) then(undo func() error) { d.undo = append(d.undo, undo) }

func (d *demo) startDatabase() (err error) {
	if d.database, err = child.NewPostgres(); err != nil {
		return err
	}
	d.then(d.database.Remove)
	if err := d.database.Initialize(); err != nil {
		return err
	}
	if err := d.database.Start(); err != nil {
		return err
	}
	d.then(keep("PostgreSQL", d.database, d.say))
	return nil
}

func (d *demo) makeKey() (err error) {
	if d.dir, err = os.MkdirTemp("", "muster-demo"); err != nil {
		return err
	}
	d.then(func() error { return os.RemoveAll(d.dir) })
	d.key.AccessKeyID, d.key.SecretAccessKey = fleet.NewAccessKey()
	return client.WriteCredentials(d.credentials(), "", d.key)
}

func (d *demo) credentials() string { return filepath.Join(d.dir, "credentials") }

func (d *demo) startServer(i int) error {
	number := strconv.Itoa(i + 1)
	s := &demoServer{data: filepath.Join(d.dir, number), env: serverEnv(d.database.URL(nil), d.key), log: d.log}
	if err := s.Start(); err != nil {
		return err
	}
	d.servers[i] = s
	d.then(keep("server "+number, s, d.say))
	return nil
}

// startBalancer serves where clients look, and returns when a server is ready for them.
func (d *demo) startBalancer(listen string) error {
	var urls []*url.URL
	for _, s := range d.servers {
		urls = append(urls, &url.URL{Scheme: "http", Host: s.address})
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	d.url = "http://" + listener.Addr().String()
	b := newBalancer(urls...)
	watching, stopWatching := context.WithCancel(context.Background())
	b.probe(watching)
	serving := &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}
	var running sync.WaitGroup
	running.Go(func() { b.watch(watching) })
	running.Go(func() {
		if err := serving.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			d.say("the reverse proxy has ended: %v", err)
		}
	})
	d.then(func() error {
		stopWatching()
		err := serving.Close() // nobody is waited for: what they ask about is about to be gone
		running.Wait()
		return err
	})
	return nil
}

// say prints a line with the time.
func (d *demo) say(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(d.out, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}
