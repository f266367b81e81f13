package daemon

import (
	"fmt"
	"net/http"
	"sync/atomic"
)

// door is what clients meet. While the inventory is being loaded, which takes seconds for every 100,000 nodes, it says so: a load
// balancer sees that the process lives and sends nobody, and clients come again.
type door struct{ open atomic.Pointer[http.Handler] }

// lead opens the door to the handler.
func (d *door) lead(to http.Handler) { d.open.Store(&to) }

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if to := d.open.Load(); to != nil {
		(*to).ServeHTTP(w, r)
		return
	}
	if r.URL.Path == "/livez" {
		fmt.Fprintln(w, "ok")
		return
	}
	w.Header().Set("Retry-After", "1")
	http.Error(w, "not ready: the inventory is being loaded", http.StatusServiceUnavailable)
}
