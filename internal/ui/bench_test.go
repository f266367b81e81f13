package ui

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"muster"
	"muster/internal/fleet"
)

var benchNodes = flag.Int("nodes", 1000, "how many nodes the fleet of the benchmarks has")

// BenchmarkPages makes whole pages of a fleet whose nodes differ in name, platform and age, and have few packages. What a page costs
// with a real one's, ./browser -times asks a server.
func BenchmarkPages(b *testing.B) {
	r := newRig(b)
	for first := 0; first < *benchNodes; first += 1000 { // at once, for many share a commit then
		var puts sync.WaitGroup
		for n := first; n < min(first+1000, *benchNodes); n++ {
			puts.Go(func() { r.report(n) })
		}
		puts.Wait()
		r.pass(3 * time.Hour)
	}
	session := r.signedIn("READ")
	for _, path := range []string{
		"", "nodes", "nodes?q=name+%3D+bash&sort=ComputerName", "nodes?sort=heard", "nodes?silent=60-", "nodes?q=name+%3D+bash&sort=heard",
		"nodes/" + string(nodeID(1)), "types", "types/AWS:InstanceInformation/values?attribute=ComputerName",
		"explore", "explore?q=name+%3D+bash&type=AWS:Application&attribute=Version&by=os",
	} {
		b.Run("page="+path, func(b *testing.B) {
			request := httptest.NewRequest("GET", "/ui/eu-west-1/"+path, nil)
			request.AddCookie(&http.Cookie{Name: sessionCookie, Value: session})
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, request)
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}

// report has a node report what the benchmarks ask for.
func (r *rig) report(n int) {
	err := r.Fleet.Put(context.Background(), space, &fleet.Put{Node: nodeID(n), Items: []fleet.PutItem{
		item(muster.TypeInstanceInformation, entry("ComputerName", fmt.Sprintf("host-%06d", n*7919%1000000), "PlatformName", fmt.Sprint("Platform ", n%30), "PlatformVersion", fmt.Sprint(n%7))),
		item("AWS:Application", entry("Name", fmt.Sprint("package-", n%100), "Version", "1"), entry("Name", "bash", "Version", "5")),
	}})
	if err != nil {
		r.t.Error(err)
	}
}
