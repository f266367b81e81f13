package pgtest

import (
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy stands between clients and a server, and does to what passes what a network may do.
type Proxy struct {
	address string
	connect func() (net.Conn, error) // to the server
	pass    sync.RWMutex             // held for writing while nothing passes
	lag     atomic.Int64             // by which every message of the server is late, in nanoseconds
	ended   chan struct{}            // closed with the test
}

// Proxy listens at the address, of which the port may be 0, until the test ends.
func (s *Server) Proxy(t testing.TB, address string) *Proxy {
	t.Helper()
	return newProxy(t, address, func() (net.Conn, error) { return net.Dial("unix", filepath.Join(s.Dir, socket)) })
}

func newProxy(t testing.TB, address string, connect func() (net.Conn, error)) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{address: listener.Addr().String(), connect: connect, ended: make(chan struct{})}
	t.Cleanup(func() {
		listener.Close()
		close(p.ended)
	})
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return p
}

// URL leads to the server of a URL by way of the proxy.
func (p *Proxy) URL(t testing.TB, direct string) string {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(p.address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("host", host)
	query.Set("port", port)
	u.RawQuery = query.Encode()
	return u.String()
}

// Hold lets nothing pass any more, either way, and breaks nothing: connections are open, and new ones are taken. Release has all that
// was held back arrive.
func (p *Proxy) Hold(t testing.TB) (release func()) {
	p.pass.Lock()
	release = sync.OnceFunc(p.pass.Unlock)
	t.Cleanup(release)
	return release
}

// Lag has everything that the server says arrive so much later.
func (p *Proxy) Lag(by time.Duration) { p.lag.Store(int64(by)) }

// serve passes on until either side hangs up, or the test has ended.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := p.connect()
	if err != nil {
		return
	}
	defer server.Close()
	over := make(chan struct{}, 2)
	go p.copy(server, client, func() {}, over)
	go p.copy(client, server, p.wait, over)
	select {
	case <-over:
	case <-p.ended:
	}
}

func (p *Proxy) wait() {
	if lag := p.lag.Load(); lag > 0 {
		select {
		case <-time.After(time.Duration(lag)):
		case <-p.ended:
		}
	}
}

func (p *Proxy) copy(to io.Writer, from io.Reader, wait func(), over chan<- struct{}) {
	defer func() { over <- struct{}{} }()
	said := make([]byte, 1<<16)
	for {
		n, err := from.Read(said)
		wait()
		p.pass.RLock()
		_, writeErr := to.Write(said[:n])
		p.pass.RUnlock()
		if err != nil || writeErr != nil {
			return
		}
	}
}
