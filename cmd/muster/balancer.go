package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// balancer passes each request on to the next of the servers that are ready. It makes none twice: only who made it knows whether
// that may be.
type balancer struct {
	backends []*backend
	requests atomic.Uint64
}

// backend is one of the servers.
type backend struct {
	url   *url.URL
	proxy *httputil.ReverseProxy
	ready atomic.Bool // when it was asked last, and had not failed since
}

// probeEvery is how often the servers are asked whether they are ready.
const probeEvery = 500 * time.Millisecond

func newBalancer(servers ...*url.URL) *balancer {
	b := &balancer{}
	for _, server := range servers {
		b.backends = append(b.backends, newBackend(server))
	}
	return b
}

func newBackend(server *url.URL) *backend {
	b := &backend{url: server}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 100
	transport.DisableCompression = true // what is compressed is the client's affair
	b.proxy = &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(server)
			r.Out.Host, r.Out.URL.RawQuery = r.In.Host, r.In.URL.RawQuery // as they came: they are signed
			r.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				b.ready.Store(false)
			}
			http.Error(w, "the server does not answer: "+err.Error(), http.StatusBadGateway)
		},
		ErrorLog: log.New(io.Discard, "", 0), // what breaks off, its client sees
	}
	return b
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first := b.requests.Add(1)
	for i := range uint64(len(b.backends)) {
		next := b.backends[(first+i)%uint64(len(b.backends))]
		if next.ready.Load() {
			next.proxy.ServeHTTP(w, r)
			return
		}
	}
	w.Header().Set("Retry-After", "1")
	http.Error(w, "no server is ready", http.StatusServiceUnavailable)
}

// watch asks the servers now and then, until ctx ends.
func (b *balancer) watch(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		b.probe(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// probe asks every server once.
func (b *balancer) probe(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, 2*probeEvery)
	defer cancel()
	var asking sync.WaitGroup
	for _, s := range b.backends {
		asking.Go(func() { s.ready.Store(isReady(within, s.url)) })
	}
	asking.Wait()
}

func isReady(ctx context.Context, server *url.URL) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.JoinPath("readyz").String(), nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}
