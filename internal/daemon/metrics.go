package daemon

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"muster/internal/awsjson"
	"muster/internal/fleet"
)

// metrics is what /metrics shows.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	received prometheus.Counter
	commits  prometheus.Histogram
	group    prometheus.Histogram
	follows  prometheus.Histogram
	waiting  prometheus.Histogram
}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "muster_requests_total", Help: "API requests by operation and outcome; the code is empty for a success.",
		}, []string{"operation", "code"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_request_seconds", Help: "Time from the end of a request's header to the end of its answer.",
			Buckets: prometheus.ExponentialBuckets(0.00025, 2, 16),
		}, []string{"operation"}),
		received: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "muster_request_bytes_total", Help: "Bytes of request bodies.",
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "muster_commit_seconds", Help: "Time of a group commit in the store.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}),
		group: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "muster_commit_calls", Help: "Calls that shared a commit.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 9),
		}),
		follows: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "muster_follow_seconds", Help: "Time to ask a shared store for what is new and to apply it, which requests wait for.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}),
		waiting: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "muster_follow_calls", Help: "Requests and commits that shared such a question.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 9),
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "muster_build_info", Help: "Always 1; the label tells the version.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.latency, m.received, m.commits, m.group, m.follows, m.waiting, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observeCall(c awsjson.Call) {
	operation := c.Operation.Name()
	if operation == "" {
		operation = "unknown"
	}
	m.requests.WithLabelValues(operation, string(c.Code)).Inc()
	m.latency.WithLabelValues(operation).Observe(c.Duration.Seconds())
	m.received.Add(float64(c.BytesIn))
}

func (m *metrics) observeCommit(calls int, took time.Duration) {
	m.commits.Observe(took.Seconds())
	m.group.Observe(float64(calls))
}

func (m *metrics) observeFollow(waiting int, took time.Duration) {
	m.follows.Observe(took.Seconds())
	m.waiting.Observe(float64(waiting))
}

// watch shows what the fleet counts itself.
func (m *metrics) watch(f *fleet.Fleet) {
	m.registry.MustRegister(&census{f, []censusGauge{
		{desc("muster_nodes", "Nodes that are known."), func(c fleet.Census) int { return c.Nodes }},
		{desc("muster_suspected_clones", "Nodes that seem to be clones: two hosts have one node id, or one fingerprint."), func(c fleet.Census) int { return c.Clones }},
		{desc("muster_spaces", "Accounts and regions with anything in them."), func(c fleet.Census) int { return c.Spaces }},
		{desc("muster_dictionary_rows", "Distinct entries in the index."), func(c fleet.Census) int { return c.Rows }},
	}})

	counter := func(name, help string, value func() uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help},
			func() float64 { return float64(value()) }))
	}
	counter("muster_expired_items_total", "Items taken away because nobody renewed them.", f.Stats().Expired.Load)
	counter("muster_expiry_refused_total", "Sweeps that would have taken too much of a fleet.", f.Stats().ExpiryRefused.Load)
	counter("muster_ignored_items_total", "Items sent under a disabled schema version.", f.Stats().IgnoredItems.Load)

	counter("muster_reloads_total", "Loads because the store, after a failover, did not go on from what was known of it.", f.Stats().Reloads.Load)
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "muster_position", Help: "The newest commit that is shown; servers of one store differ by what they have yet to follow.",
	}, func() float64 { return float64(f.Stats().Position.Load()) }))

	if s, ok := f.Store.(database); ok {
		m.watchDatabase(f, s)
	}

	ready := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "muster_ready", Help: "1 while writes are taken."}, func() float64 {
		if f.Ready() != nil {
			return 0
		}
		return 1
	})
	m.registry.MustRegister(ready)
}

// watchDatabase shows how a database is reached.
func (m *metrics) watchDatabase(f *fleet.Fleet, s database) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "muster_follow_age_seconds", Help: "Since what is shown was known to be all that there is; it grows while the database is away.",
		}, func() float64 {
			last := f.Stats().Followed.Load()
			if last == 0 {
				return 0 // it has just been loaded
			}
			return time.Since(time.Unix(0, last)).Seconds()
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "muster_follow_bytes_total", Help: "Bytes read of what servers have committed.",
		}, func() float64 { return float64(s.FollowedBytes()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "muster_database_connections", Help: "Connections to the database that are in use.",
		}, func() float64 { open, _ := s.Connections(); return float64(open) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "muster_database_connects_total", Help: "Connections to the database that were made; it grows when they break.",
		}, func() float64 { _, made := s.Connections(); return float64(made) }),
	)
}

// census shows what there is. It is a collector of its own because to count takes a look at every node: once a scrape will do.
type census struct {
	fleet  *fleet.Fleet
	gauges []censusGauge
}

type censusGauge struct {
	desc  *prometheus.Desc
	value func(fleet.Census) int
}

func desc(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }

// Describe implements prometheus.Collector.
func (c *census) Describe(to chan<- *prometheus.Desc) {
	for _, g := range c.gauges {
		to <- g.desc
	}
}

// Collect implements prometheus.Collector.
func (c *census) Collect(to chan<- prometheus.Metric) {
	counted := c.fleet.Census()
	for _, g := range c.gauges {
		to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(g.value(counted)))
	}
}

// watchBodies shows what the handler holds of its budget.
func (m *metrics) watchBodies(h *awsjson.Handler) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "muster_body_budget_used_bytes", Help: "Memory held for the bodies of requests under way; --body-budget bounds it.",
	}, func() float64 { return float64(h.BodyBudgetUsed()) }))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
