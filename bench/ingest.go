package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// intake is how fast one engine takes full reports in, each durable before it is answered.
type intake struct {
	Engine  string
	Clients int
	Rates   []float64 // reports a second, ascending
}

func (i intake) median() float64 { return i.Rates[len(i.Rates)/2] }

// The reports of an intake: each node has two, between which packages were updated, and sends them by turns.
const (
	intakeNodes = 256
	intakeTurn  = 3 * time.Second // of an engine in each round
	intakeCalls = 64              // at once; PostgreSQL took fewer reports in over fewer connections
)

// ingest lets muster over HTTP and PostgreSQL without it take turns with the same reports. PostgreSQL keeps a row for each node
// and type, the content as jsonb: with the index that questions need, and without any.
func ingest(ctx context.Context, seed uint64, turn time.Duration, server *postgres, musterDir string) (all []intake, err error) {
	reports, err := fullReports(seed)
	if err != nil {
		return nil, err
	}
	m, err := startMuster(ctx, musterDir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	bare, err := intakeOfPostgres(ctx, server, "bare", "")
	if err != nil {
		return nil, err
	}
	defer bare.close()
	indexed, err := intakeOfPostgres(ctx, server, "indexed", "CREATE INDEX ON item USING gin (content jsonb_path_ops)")
	if err != nil {
		return nil, err
	}
	defer indexed.close()

	all = []intake{
		{Engine: "muster over HTTP", Clients: intakeCalls},
		{Engine: "PostgreSQL, jsonb, no index of the content", Clients: intakeCalls},
		{Engine: "PostgreSQL, jsonb with GIN", Clients: intakeCalls},
	}
	senders := []func(ctx context.Context, client int, r *fullReport) error{sendToMuster(), bare.send, indexed.send}
	for round := range rounds + 1 {
		for i, send := range senders {
			if err := signRequests(reports, m); err != nil {
				return nil, err
			}
			rate, err := rateOf(ctx, turn, all[i].Clients, reports, send)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", all[i].Engine, err)
			}
			if round > 0 { // the first one makes the nodes
				all[i].Rates = append(all[i].Rates, rate)
			}
		}
	}
	for i := range all {
		slices.Sort(all[i].Rates)
		progress("%s takes %.0f full reports a second", all[i].Engine, all[i].median())
	}
	return all, nil
}

// rateOf has the clients send for the time of a turn, each the reports of its own nodes, and gives how many went a second.
func rateOf(ctx context.Context, turn time.Duration, clients int, reports []*fullReport, send func(ctx context.Context, client int, r *fullReport) error) (float64, error) {
	var sent atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for client := range clients {
		group.Go(func() error {
			for i := client; time.Since(began) < turn; i = (i + clients) % len(reports) {
				if err := send(ctx, client, reports[i]); err != nil {
					return err
				}
				sent.Add(1)
			}
			return nil
		})
	}
	err := group.Wait()
	return float64(sent.Load()) / time.Since(began).Seconds(), err
}

// sendToMuster makes the calls, on connections that are kept.
func sendToMuster() func(ctx context.Context, client int, r *fullReport) error {
	transport := &http.Transport{MaxIdleConnsPerHost: intakeCalls}
	return func(ctx context.Context, _ int, r *fullReport) error {
		request := r.request.Clone(ctx)
		request.Body = io.NopCloser(bytes.NewReader(r.body))
		response, err := transport.RoundTrip(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err == nil && response.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", response.Status, answer)
		}
		return err
	}
}

// postgresIntake is a table of items and connections to fill it.
type postgresIntake struct {
	connections []*pgx.Conn
}

func intakeOfPostgres(ctx context.Context, server *postgres, schema, index string) (*postgresIntake, error) {
	p := &postgresIntake{}
	for range intakeCalls {
		conn, err := server.connect(ctx, schema)
		if err != nil {
			p.close()
			return nil, err
		}
		p.connections = append(p.connections, conn)
	}
	_, err := p.connections[0].Exec(ctx, "CREATE SCHEMA "+schema+"; CREATE TABLE item (node text, type text, content jsonb, PRIMARY KEY (node, type)); "+index)
	return p, err
}

func (p *postgresIntake) close() {
	for _, conn := range p.connections {
		conn.Close(context.Background())
	}
}

// send puts a report in one statement, which is one transaction.
func (p *postgresIntake) send(ctx context.Context, client int, r *fullReport) error {
	_, err := p.connections[client].Exec(ctx, `INSERT INTO item SELECT $1, type, content::jsonb FROM unnest($2::text[], $3::text[]) AS report (type, content)
		ON CONFLICT (node, type) DO UPDATE SET content = excluded.content`, string(r.node), r.types, r.contents)
	return err
}
