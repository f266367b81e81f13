package ui

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"muster"
)

var benchNodes = flag.Int("nodes", 1000, "how many nodes the fleet of the benchmarks has")

// BenchmarkPages makes whole pages of a fleet whose nodes differ in name, platform and age, and have few packages. What a page costs
// with a real one's, ./browser -times asks a server.
func BenchmarkPages(b *testing.B) {
	r := newRig(b)
	for n := range *benchNodes {
		r.put(n, muster.TypeInstanceInformation, entry("ComputerName", fmt.Sprintf("host-%06d", n*7919%1000000), "PlatformType", "Linux", "PlatformName", fmt.Sprint("Platform ", n%30), "PlatformVersion", fmt.Sprint(n%7)))
		r.put(n, "AWS:Application", entry("Name", fmt.Sprint("package-", n%100), "Version", "1"), entry("Name", "bash", "Version", "5"))
		r.clock = r.clock.Add(10 * time.Second)
	}
	session := r.signedIn("READ")
	for _, path := range []string{
		"", "nodes", "nodes?q=name+%3D+bash&sort=ComputerName", "nodes?sort=heard", "nodes?silent=60-", "nodes?q=name+%3D+bash&sort=heard",
		"nodes/" + string(nodeID(1)), "types", "types/AWS:InstanceInformation/values?attribute=ComputerName",
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
