package daemon

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"muster/internal/awsjson"
	"muster/internal/fleet"
	"muster/internal/server"
)

// The patience with clients: enough for a large report over a slow line, too little to hold a connection for fun.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 2 * time.Minute
	answerTimeout = 3 * time.Minute // from the end of the header on, so it includes the body
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

func newHTTPServer(c Config, f *fleet.Fleet, s *server.Server, m *metrics) *http.Server {
	api := awsjson.NewHandler(awsjson.Config{
		Keys: f, Now: c.Now, Log: c.Log, MaxBody: c.MaxBody, Observe: m.observeCall,
	}, s.Operations()...)

	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.HandleFunc("GET /{$}", greet)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := f.Ready(); err != nil {
			http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", m.handler())

	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug), // clients that break off are no news
	}
}

// greet answers a browser that was pointed here.
func greet(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "muster serves the AWS Systems Manager Inventory API here. Try: aws ssm get-inventory --endpoint-url this-url")
}
