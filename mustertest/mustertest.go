// Package mustertest runs a real muster for the time of a test, for the tests of code that speaks to Systems Manager Inventory.
// It is not a fake: store, signatures and limits are those of the server.
//
//	srv := mustertest.New(t, nil)
//	id, secret := srv.AccessKey()
//	client := ssm.New(ssm.Options{
//		BaseEndpoint: aws.String(srv.URL()), Region: "us-east-1",
//		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
//	})
package mustertest

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"muster"
	"muster/internal/daemon"
	"muster/internal/fleet"
)

// Account is whom the server's access keys belong to.
const Account = "000000000000"

// Options say how the server behaves. The zero value is muster as it comes.
type Options struct {
	Strict             bool           // AWS's refusals and quotas
	ClosedRegistration bool           // refuse the puts of nodes that are not known
	Limits             *muster.Limits // other quotas
	MaxBody            int64          // bytes of a request
	Store              string         // the URL of a PostgreSQL database; empty is a file of the server's own
	Now                time.Time      // where the server's clock stands at first; zero is the real time
	Log                io.Writer      // of what the server says; nil is nowhere
}

// Server is a running muster. Its methods may be called from any goroutine of the test.
type Server struct {
	t      testing.TB
	config daemon.Config

	mu     sync.Mutex
	offset time.Duration // of the server's clock before the real one
	daemon *daemon.Daemon
}

// New starts a server on a free port of the loopback address, with an empty store, and stops it when the test ends. Options may
// be nil.
func New(t testing.TB, o *Options) *Server {
	t.Helper()
	if o == nil {
		o = &Options{}
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	s := &Server{t: t}
	if !o.Now.IsZero() {
		s.offset = time.Until(o.Now)
	}
	s.config = daemon.Config{
		Data:    t.TempDir(),
		Store:   o.Store,
		Version: "test",
		Log:     slog.New(slog.NewTextHandler(o.Log, nil)),
		Now:     s.now,
		MaxBody: o.MaxBody,
		Account: Account,
		Fleet:   fleet.Config{Strict: o.Strict, ClosedRegistration: o.ClosedRegistration, Limits: o.Limits},
	}
	s.start()
	t.Cleanup(s.stop)
	return s
}

// URL is the endpoint. It changes with Restart.
func (s *Server) URL() string { return s.running().URL }

// AccessKey is the first administrator's.
func (s *Server) AccessKey() (id, secret string) {
	admin := s.running().Admin
	return admin.AccessKeyID, admin.SecretAccessKey
}

// NewKey makes an access key of the role "admin", "read" or "node"; with the last for the node given, else for none.
func (s *Server) NewKey(role, node string) (id, secret string) {
	s.t.Helper()
	id, secret = fleet.NewAccessKey()
	err := s.running().Fleet.SetAccessKey(context.Background(), id, muster.AccessKey{
		Secret: secret, Account: Account, Role: muster.Role(role), Node: muster.NodeID(node), Created: s.now(),
	})
	if err != nil {
		s.t.Fatal("mustertest: make an access key: ", err)
	}
	return id, secret
}

// Now is the server's time, for signing.
func (s *Server) Now() time.Time { return s.now() }

func (s *Server) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.offset)
}

// Advance lets the server live through the time: its clock moves in steps, and after each its background work runs. Clients
// that sign with the real time are refused when the clock is more than five minutes away from it.
func (s *Server) Advance(d time.Duration) {
	s.t.Helper()
	for d > 0 {
		step := min(d, advanceStep)
		d -= step
		s.mu.Lock()
		s.offset += step
		s.mu.Unlock()
		s.Work()
	}
}

// advanceStep is short enough not to look like a clock that was set.
const advanceStep = 5 * time.Minute

// Work waits until what the server does in the background is done.
func (s *Server) Work() {
	s.t.Helper()
	if err := s.running().Fleet.Work(context.Background()); err != nil {
		s.t.Fatal("mustertest: background work: ", err)
	}
}

// Restart stops the server and starts it again on the same data.
func (s *Server) Restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

func (s *Server) start() {
	s.t.Helper()
	d, err := daemon.Start(context.Background(), s.config)
	if err != nil {
		s.t.Fatal("mustertest: start: ", err)
	}
	s.mu.Lock()
	s.daemon = d
	s.mu.Unlock()
}

// running is the daemon, which is another after Restart.
func (s *Server) running() *daemon.Daemon {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.daemon
}

func (s *Server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.running().Stop(ctx); err != nil {
		s.t.Error("mustertest: stop: ", err)
	}
}
