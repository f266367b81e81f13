package daemon

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"muster/internal/awsjson"
	"muster/internal/fleet"
	"muster/internal/server"
	"muster/internal/ui"
)

// Patience is how long clients may take. The zero value is enough for a large report over a slow line, and too little to hold a
// connection for fun.
type Patience struct {
	Header time.Duration // to send a request's header; default 10 seconds
	Body   time.Duration // to send all of a request; default 2 minutes
	Answer time.Duration // from the end of the header to the last byte of the answer; default 3 minutes
	Idle   time.Duration // between two requests; default 2 minutes
}

func (p Patience) withDefaults() Patience {
	return Patience{
		Header: cmp.Or(p.Header, 10*time.Second),
		Body:   cmp.Or(p.Body, 2*time.Minute),
		Answer: cmp.Or(p.Answer, 3*time.Minute),
		Idle:   cmp.Or(p.Idle, 2*time.Minute),
	}
}

const maxHeader = 64 << 10 // bytes

func newHandler(c Config, f *fleet.Fleet, s *server.Server, pages *ui.UI, m *metrics) http.Handler {
	api := awsjson.NewHandler(awsjson.Config{
		Keys: f, Now: c.Now, Log: c.Log, Observe: m.observeCall, Current: f.Current,
		MaxBody: c.MaxBody, BodyBudget: c.BodyBudget, BodyWithin: c.Patience.Body,
	}, s.Operations()...)
	m.watchBodies(api)

	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.HandleFunc("GET /{$}", greet)
	mux.Handle("/ui/", current(f, pages))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := f.Ready(); err != nil {
			http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", m.handler())
	mux.HandleFunc("POST /v1/control-channel/{node}", refuseChannel)
	return mux
}

// current serves requests when all that was acknowledged before them can be seen.
func current(f *fleet.Fleet, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f.Current(r.Context()); err != nil {
			http.Error(w, "The inventory cannot be seen just now: its database does not answer. Try again.", http.StatusServiceUnavailable)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// serving is the server around the handler: its patience and its limits.
func serving(h http.Handler, c Config) *http.Server {
	var http1 http.Protocols
	http1.SetHTTP1(true) // as AWS's own endpoints, also over TLS: deadlines and limits are those of one request at a time
	return &http.Server{
		Handler:           h,
		Protocols:         &http1,
		ReadHeaderTimeout: c.Patience.Header,
		ReadTimeout:       c.Patience.Body,
		WriteTimeout:      c.Patience.Answer,
		IdleTimeout:       c.Patience.Idle,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug), // clients that break off are no news
	}
}

// greet leads a browser to the pages, and tells anybody else what this is.
func greet(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, "/ui/", http.StatusSeeOther)
		return
	}
	fmt.Fprintln(w, "muster serves the AWS Systems Manager Inventory API here. Try: aws ssm get-inventory --endpoint-url this-url")
}

// refuseChannel tells an agent that asks ssmmessages for a control channel that there is none for it. It looks for this word, in XML,
// goes on asking for messages instead, and tries again more and more seldom, in the end every 40 minutes.
func refuseChannel(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprintln(w, "<AccessDeniedException><Message>There are no control channels here.</Message></AccessDeniedException>")
}
