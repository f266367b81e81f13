package sim

import (
	"testing"

	"github.com/go-json-experiment/json"

	"muster/internal/ssmapi"
)

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(1, 1000)
	}
}

// BenchmarkReport makes one full report, of another node each time.
func BenchmarkReport(b *testing.B) {
	f := New(1, 100_000, Churn{Updated: 0.1, Rebooted: 0.1}, Churn{Patched: 0.5})
	for _, c := range []struct {
		name       string
		generation int
	}{{"first", 0}, {"patched", 2}} {
		b.Run(c.name, func(b *testing.B) {
			var s Scratch
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				f.Report(&s, i%100_000, c.generation)
				i++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "nodes/s")
		})
	}
}

// BenchmarkBody makes the JSON of a report, as muster sim and as the library do it.
func BenchmarkBody(b *testing.B) {
	f := New(1, 1000)
	var s Scratch
	id, items := f.id(0), f.Report(&s, 0, 0)
	b.Run("sim", func(b *testing.B) {
		var body []byte
		for b.Loop() {
			body = appendPut(body[:0], id, items)
		}
		b.SetBytes(int64(len(body)))
	})
	b.Run("library", func(b *testing.B) {
		for b.Loop() {
			body, err := json.Marshal(&ssmapi.PutInventoryInput{InstanceId: &id, Items: items})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(body)))
		}
	})
}

// BenchmarkVocabulary counts the distinct names of packages and the distinct entries, but for their times, of 100,000 nodes: what a
// dictionary of them has to hold.
func BenchmarkVocabulary(b *testing.B) {
	const nodes = 100_000
	for b.Loop() {
		f := New(1, nodes)
		entries := 0
		var s Scratch
		for i := range nodes {
			s.begin(f, i, 0)
			s.install(&f.catalogues[s.image.family])
			entries += len(s.installs)
		}
		names, rows := map[string]bool{}, map[uint64]bool{}
		for n := range f.images {
			m := &f.images[n]
			for id := range m.rows {
				for r := m.rows[id].Load(); r != nil; r = r.other {
					names[f.catalogues[m.family].packages[id].name] = true
					rows[sumOf(r.packageID, r.version, r.release, r.publisher)] = true
				}
			}
		}
		b.ReportMetric(float64(len(names)), "names")
		b.ReportMetric(float64(len(rows)), "rows")
		b.ReportMetric(float64(entries)/nodes, "entries/node")
	}
}
