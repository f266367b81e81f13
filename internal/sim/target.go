package sim

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"muster"
	"muster/internal/client"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// Target is a server that the fleet reports to, over HTTP as real nodes do.
type Target struct {
	client *client.Client
	wire   *wire

	// Where reports go instead, or nil.
	fleet *fleet.Fleet
	space muster.Space
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

// PutInto has reports put straight into the server's fleet, without JSON, signatures and HTTP. Questions still go over HTTP.
func (t *Target) PutInto(f *fleet.Fleet, space muster.Space) { t.fleet, t.space = f, space }

// Close gives up the connections.
func (t *Target) Close() { t.wire.transport.CloseIdleConnections() }

// put reports the items, which may be the scratch's own.
func (t *Target) put(ctx context.Context, s *Scratch, id muster.NodeID, items []ssmapi.InventoryItem) error {
	if t.fleet != nil {
		return t.fleet.Put(ctx, t.space, newPut(id, items))
	}
	s.body = appendPut(s.body[:0], id, items)
	_, err := t.client.Send(ctx, "PutInventory", s.body)
	return err
}

// newPut is what a server makes of the call. The capture time is kept, and must not keep the report's memory with it. Sizes are
// left out: only quotas ask for them.
func newPut(id muster.NodeID, items []ssmapi.InventoryItem) *fleet.Put {
	p := &fleet.Put{Node: id, Items: make([]fleet.PutItem, len(items)), Admin: true}
	captured := muster.CaptureTime(strings.Clone(string(*items[0].CaptureTime)))
	for i, it := range items {
		p.Items[i] = fleet.PutItem{
			Type: *it.TypeName, Version: *it.SchemaVersion, Captured: captured, Hash: it.ContentHash,
			Context: muster.Entry(it.Context), Content: it.Content, HashOnly: it.Content == nil,
		}
	}
	return p
}

func (t *Target) get(ctx context.Context, in *ssmapi.GetInventoryInput) (*ssmapi.GetInventoryOutput, error) {
	return client.Call[ssmapi.GetInventoryInput, ssmapi.GetInventoryOutput](ctx, t.client, "GetInventory", in)
}
