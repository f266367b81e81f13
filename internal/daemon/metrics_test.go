package daemon

import (
	"maps"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"muster/internal/sigv4"
)

// TestMetrics holds /metrics to the names that dashboards and alarms are made of.
func TestMetrics(t *testing.T) {
	t.Parallel()
	d := start(t, Config{Version: "v1.2.3"})
	if err := put(t, d, d.Admin); err != nil {
		t.Fatal(err)
	}
	if put(t, d, sigv4.Credentials{AccessKeyID: "AKIANOBODY", SecretAccessKey: "none"}) == nil {
		t.Fatal("nobody's key was good")
	}
	status, text := get(t, d.URL+"/metrics")
	if status != 200 {
		t.Fatalf("status %d: %s", status, text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]dto.MetricType{
		"muster_build_info":             dto.MetricType_GAUGE,
		"muster_ready":                  dto.MetricType_GAUGE,
		"muster_requests_total":         dto.MetricType_COUNTER,
		"muster_request_seconds":        dto.MetricType_HISTOGRAM,
		"muster_request_bytes_total":    dto.MetricType_COUNTER,
		"muster_commit_seconds":         dto.MetricType_HISTOGRAM,
		"muster_commit_calls":           dto.MetricType_HISTOGRAM,
		"muster_nodes":                  dto.MetricType_GAUGE,
		"muster_suspected_clones":       dto.MetricType_GAUGE,
		"muster_spaces":                 dto.MetricType_GAUGE,
		"muster_dictionary_rows":        dto.MetricType_GAUGE,
		"muster_expired_items_total":    dto.MetricType_COUNTER,
		"muster_expiry_refused_total":   dto.MetricType_COUNTER,
		"muster_ignored_items_total":    dto.MetricType_COUNTER,
		"process_resident_memory_bytes": dto.MetricType_GAUGE,
		"go_memstats_heap_inuse_bytes":  dto.MetricType_GAUGE,
		"go_goroutines":                 dto.MetricType_GAUGE,
	} {
		if family := families[name]; family == nil {
			t.Errorf("no %s", name)
		} else if family.GetType() != kind {
			t.Errorf("%s is a %s, want a %s", name, family.GetType(), kind)
		}
	}
	for name, family := range families {
		if family.GetHelp() == "" {
			t.Errorf("%s has no help", name)
		}
	}

	got := map[string]float64{}
	for _, name := range []string{"muster_build_info", "muster_requests_total", "muster_nodes", "muster_ready"} {
		for _, m := range families[name].GetMetric() {
			got[name+labels(m)] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	want := map[string]float64{
		"muster_build_info{version=v1.2.3}":                                              1,
		"muster_requests_total{code=,operation=PutInventory}":                            1,
		"muster_requests_total{code=UnrecognizedClientException,operation=PutInventory}": 1,
		"muster_nodes{}": 1,
		"muster_ready{}": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func labels(m *dto.Metric) string {
	var pairs []string
	for _, l := range m.GetLabel() {
		pairs = append(pairs, l.GetName()+"="+l.GetValue())
	}
	slices.Sort(pairs)
	return "{" + strings.Join(pairs, ",") + "}"
}
