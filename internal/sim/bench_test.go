package sim

import "testing"

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
