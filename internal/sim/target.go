package sim

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"muster"
	"muster/internal/client"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

// Target is a server that the fleet reports to, over HTTP as real nodes do.
type Target struct {
	endpoint, region string
	client           *client.Client
	wire             *wire

	// A report is made up in half a millisecond by a processor that does nothing else, so a few scratches do for many clients.
	scratches chan *Scratch

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
	t := &Target{endpoint: config.Endpoint, region: config.Region, client: c, wire: w, scratches: make(chan *Scratch, clients)}
	for range min(clients, 2*runtime.GOMAXPROCS(0)) {
		t.scratches <- new(Scratch)
	}
	return t, nil
}

// PutInto has reports put straight into the server's fleet, without JSON, signatures and HTTP. Questions still go over HTTP.
func (t *Target) PutInto(f *fleet.Fleet, space muster.Space) {
	t.fleet, t.space = f, space
	for len(t.scratches) < cap(t.scratches) { // a report stays where it is until it is stored
		t.scratches <- new(Scratch)
	}
}

// Close gives up the connections.
func (t *Target) Close() { t.wire.transport.CloseIdleConnections() }

// speaker is the memory of a client.
type speaker struct {
	body []byte // on its way to the server
}

// bodySize is that of most full reports, in bytes.
const bodySize = 420_000

// put sends what report makes up.
func (t *Target) put(ctx context.Context, sp *speaker, id muster.NodeID, report func(*Scratch) []ssmapi.InventoryItem) error {
	if t.fleet != nil {
		s := <-t.scratches
		err := t.fleet.Put(ctx, t.space, newPut(id, report(s)))
		t.scratches <- s
		return err
	}
	t.write(sp, id, report)
	_, err := t.client.Send(ctx, "PutInventory", sp.body)
	return err
}

// write makes the body of a put of what report makes up.
func (t *Target) write(sp *speaker, id muster.NodeID, report func(*Scratch) []ssmapi.InventoryItem) {
	s := <-t.scratches
	defer func() { t.scratches <- s }()
	items := report(s)
	if len(s.entries) > 0 && sp.body == nil {
		sp.body = make([]byte, 0, bodySize)
	}
	sp.body = appendPut(sp.body[:0], id, items)
}

// newPut is what a server makes of the call. The fleet keeps AWS:InstanceInformation as it is, which therefore gets memory of its
// own. Sizes are left out: only quotas ask for them.
func newPut(id muster.NodeID, items []ssmapi.InventoryItem) *fleet.Put {
	p := &fleet.Put{Node: id, Items: make([]fleet.PutItem, len(items)), Admin: true}
	for i, it := range items {
		p.Items[i] = fleet.PutItem{
			Type: *it.TypeName, Version: *it.SchemaVersion, Captured: *it.CaptureTime, Hash: it.ContentHash,
			Context: muster.Entry(it.Context), Content: it.Content, HashOnly: it.Content == nil,
		}
		if *it.TypeName == muster.TypeInstanceInformation {
			keep(&p.Items[i])
		}
	}
	return p
}

func keep(it *fleet.PutItem) {
	it.Captured = muster.CaptureTime(strings.Clone(string(it.Captured)))
	it.Hash = muster.ContentHash(strings.Clone(string(it.Hash)))
	it.Content = slices.Clone(it.Content) // nil stays nil
	for i, e := range it.Content {
		it.Content[i] = e.Clone()
	}
}

func (t *Target) get(ctx context.Context, in *ssmapi.GetInventoryInput) (*ssmapi.GetInventoryOutput, error) {
	return client.Call[ssmapi.GetInventoryInput, ssmapi.GetInventoryOutput](ctx, t.client, "GetInventory", in)
}
