package sim

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"muster/internal/client"
	"muster/internal/ssmapi"
)

// Target is a server that the fleet reports to, over HTTP as real nodes do.
type Target struct {
	client *client.Client
	wire   *wire
}

// attempts is how often a call is tried: a node that is turned away does not give up before the server has caught its breath.
const attempts = 12

// NewTarget prepares for so many clients at once. The configuration's transport is replaced.
func NewTarget(config client.Config, clients int) (*Target, error) {
	w := &wire{transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		MaxIdleConnsPerHost: clients,
		IdleConnTimeout:     90 * time.Second,
	}}
	config.Transport, config.MaxAttempts = w, attempts
	c, err := client.New(config)
	if err != nil {
		return nil, err
	}
	return &Target{client: c, wire: w}, nil
}

// Close gives up the connections.
func (t *Target) Close() { t.wire.transport.CloseIdleConnections() }

func (t *Target) put(ctx context.Context, in *ssmapi.PutInventoryInput) error {
	_, err := client.Call[ssmapi.PutInventoryInput, ssmapi.PutInventoryOutput](ctx, t.client, "PutInventory", in)
	return err
}

func (t *Target) get(ctx context.Context, in *ssmapi.GetInventoryInput) (*ssmapi.GetInventoryOutput, error) {
	return client.Call[ssmapi.GetInventoryInput, ssmapi.GetInventoryOutput](ctx, t.client, "GetInventory", in)
}

// wire counts what goes over it. The client behind it tries again by itself, and only here can be seen how often.
type wire struct {
	transport *http.Transport
	requests  atomic.Int64
	bytes     atomic.Int64 // of request bodies
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.requests.Add(1)
	w.bytes.Add(r.ContentLength)
	return w.transport.RoundTrip(r)
}
