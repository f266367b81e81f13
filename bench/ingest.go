package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"path/filepath"
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
	Failed  string    `json:",omitempty"` // why they tell nothing

	send sender
}

// sender sends a report as one client.
type sender func(ctx context.Context, client int, r *fullReport) error

func (i intake) median() float64 { return i.Rates[len(i.Rates)/2] }

// The reports of an intake: each node has two, between which packages were updated, and sends them by turns.
const (
	intakeNodes = 256
	intakeTurn  = 3 * time.Second // of an engine in each round
	intakeCalls = 64              // at once; PostgreSQL took fewer reports in over fewer connections
)

// ingest lets muster over HTTP and PostgreSQL without it take turns with the same reports. PostgreSQL keeps a row for each node
// and type, the content as jsonb: with the index that questions need, and without any. The error is of muster.
func ingest(ctx context.Context, seed uint64, turn time.Duration, dir string) (all []intake, err error) {
	reports, err := fullReports(seed)
	if err != nil {
		return nil, err
	}
	m, err := startMuster(ctx, filepath.Join(dir, "muster-ingest"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	bare, indexed, stop := intakesOfPostgres(ctx, filepath.Join(dir, "postgres-ingest"))
	defer func() { err = errors.Join(err, stop()) }()
	all = []intake{
		{Engine: "muster over HTTP", Clients: intakeCalls, send: sendToMuster()},
		bare, indexed,
	}
	for round := range rounds + 1 {
		for i := range all {
			in := &all[i]
			if in.Failed != "" {
				continue
			}
			if err := signRequests(reports, m); err != nil {
				return nil, err
			}
			rate, err := rateOf(ctx, turn, in.Clients, reports, in.send)
			switch {
			case err != nil:
				in.Failed = err.Error()
			case round > 0: // the first one makes the nodes
				in.Rates = append(in.Rates, rate)
			}
		}
	}
	for i := range all {
		in := &all[i]
		slices.Sort(in.Rates)
		if in.Failed != "" {
			log.Printf("%s failed: %s", in.Engine, in.Failed)
			continue
		}
		log.Printf("%s takes %.0f full reports a second", in.Engine, in.median())
	}
	if all[0].Failed != "" {
		return all, errors.New(all[0].Failed)
	}
	return all, ctx.Err()
}

// rateOf has the clients send for the time of a turn, each the reports of its own nodes, and gives how many went a second.
func rateOf(ctx context.Context, turn time.Duration, clients int, reports []*fullReport, send sender) (float64, error) {
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
func sendToMuster() sender {
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

// intakesOfPostgres starts a server for both forms. If that fails they have the reason.
func intakesOfPostgres(ctx context.Context, dir string) (bare, indexed intake, stop func() error) {
	bare = intake{Engine: "PostgreSQL, jsonb, no index of the content", Clients: intakeCalls}
	indexed = intake{Engine: "PostgreSQL, jsonb with GIN", Clients: intakeCalls}
	server, err := startPostgres(dir)
	if err != nil {
		bare.Failed, indexed.Failed = err.Error(), err.Error()
		return bare, indexed, func() error { return nil }
	}
	open := func(in *intake, schema, index string) {
		p, err := intakeOfPostgres(ctx, server, schema, index)
		if err != nil {
			in.Failed = err.Error()
			return
		}
		in.send = p.send
	}
	open(&bare, "bare", "")
	open(&indexed, "indexed", "CREATE INDEX ON item USING gin (content jsonb_path_ops)")
	return bare, indexed, server.stop
}

// postgresIntake is a table of items and connections to fill it, which end with the server.
type postgresIntake struct {
	connections []*pgx.Conn
}

func intakeOfPostgres(ctx context.Context, server *postgres, schema, index string) (*postgresIntake, error) {
	p := &postgresIntake{}
	for range intakeCalls {
		conn, err := server.connect(ctx, schema)
		if err != nil {
			return nil, err
		}
		p.connections = append(p.connections, conn)
	}
	_, err := p.connections[0].Exec(ctx, "CREATE SCHEMA "+schema+"; CREATE TABLE item (node text, type text, content jsonb, PRIMARY KEY (node, type)); "+index)
	return p, err
}

// send puts a report in one statement, which is one transaction.
func (p *postgresIntake) send(ctx context.Context, client int, r *fullReport) error {
	_, err := p.connections[client].Exec(ctx, `INSERT INTO item SELECT $1, type, content::jsonb FROM unnest($2::text[], $3::text[]) AS report (type, content)
		ON CONFLICT (node, type) DO UPDATE SET content = excluded.content`, string(r.node), r.types, r.contents)
	return err
}
