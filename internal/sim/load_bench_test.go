package sim_test

import (
	"context"
	"log/slog"
	"syscall"
	"testing"
	"time"

	"muster"
	"muster/internal/client"
	"muster/internal/daemon"
	"muster/internal/sim"
)

// BenchmarkLoad enrols b.N nodes, over HTTP and directly, with the server in the same process. The first thousands bring the
// dictionary: ask for as many nodes as are of interest, with -benchtime 20000x.
func BenchmarkLoad(b *testing.B) {
	for _, direct := range []bool{false, true} {
		name := "http"
		if direct {
			name = "direct"
		}
		b.Run(name, func(b *testing.B) {
			d, err := daemon.Start(b.Context(), daemon.Config{Data: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Stop(context.Background())
			plan, err := sim.ParseScenario("load", "clients 64\nreport enrolment\n")
			if err != nil {
				b.Fatal(err)
			}
			target, err := sim.NewTarget(client.Config{Endpoint: d.URL, Region: "us-sim-1", Credentials: d.Admin}, plan.Clients)
			if err != nil {
				b.Fatal(err)
			}
			defer target.Close()
			if direct {
				target.PutInto(d.Fleet, muster.Space{Account: "000000000000", Region: "us-sim-1"})
			}
			r := &sim.Run{Scenario: plan, Fleet: plan.Fleet(1, b.N), Target: target}
			b.ResetTimer()
			before := cpuTime()
			measures, err := r.Do(b.Context())
			if err != nil || measures[0].Failed > 0 {
				b.Fatal(err, measures)
			}
			b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/node")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "nodes/s")
		})
	}
}

// cpuTime is the processor's, of the whole process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
