package daemon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestDoor asks while the inventory is being loaded, and then.
func TestDoor(t *testing.T) {
	t.Parallel()
	var d door
	ask := func(path string, want int) {
		t.Helper()
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s answers %d, want %d", path, w.Code, want)
		}
	}
	ask("/livez", http.StatusOK)
	ask("/readyz", http.StatusServiceUnavailable)
	ask("/", http.StatusServiceUnavailable)
	d.lead(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "in") }))
	ask("/readyz", http.StatusOK)
	ask("/", http.StatusOK)
}
