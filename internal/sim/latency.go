package sim

import (
	"slices"
	"time"
)

// Latency is how long each of some calls took. A million of them are 8 MB, so they are kept as they are, and percentiles are
// exact.
type Latency []time.Duration

func (l Latency) sort() { slices.Sort(l) }

// Percentile gives the time that the part p of the calls, from 0 to 1, did not exceed; 0 if there were no calls. The latencies
// have to be sorted, which those of a Measure are.
func (l Latency) Percentile(p float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	return l[min(len(l)-1, int(p*float64(len(l))))]
}
