// Package awsjson serves AWS JSON 1.1 over HTTP: it finds the operation, the caller and the input of a request, and renders the
// answer. It knows no operation and no rule of the inventory.
package awsjson

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"muster"
	"muster/internal/access"
	"muster/internal/sigv4"
)

// DefaultMaxBody is the largest body, in bytes, that is read. It leaves room for a call that is over the service's own limit on
// its size to reach the error that says so.
const DefaultMaxBody = 16 << 20

// Config is what a Handler needs. Keys is required; the rest has defaults.
type Config struct {
	Keys       Keys
	Now        func() time.Time // default time.Now
	Log        *slog.Logger     // default: none
	MaxBody    int64            // bytes, default DefaultMaxBody
	BodyBudget int64            // bytes of memory for bodies and what they become; default DefaultBodyBudget
	BodyWithin time.Duration    // to send all of a body; default 2 minutes
	Coders     int              // how many calls may decode or encode at a time, default GOMAXPROCS
	Observe    func(Call)       // default: none; called after each answer

	// Current is called before anything is looked at for a call, its key among it: it waits until what Keys and the operations show
	// is no older than the call, or fails it. Default: they always are.
	Current func(context.Context) error
}

// Call is what became of one request, for metrics.
type Call struct {
	Operation access.Operation // empty if the request named none that is served
	Caller    access.Caller    // zero if the request was refused before it was known
	Status    int
	Code      muster.Code // empty for a success
	Duration  time.Duration
	BytesIn   int64 // of the body, as far as it was read
	RequestID string
}

// Handler serves the operations. It is for "POST /" and refuses all else with 404 or 405; what else a server shows belongs to
// other patterns of its mux.
type Handler struct {
	config     Config
	operations map[access.Operation]Operation

	// coding has room for as many calls as may decode or encode. More at a time than there are cores only make each other
	// slower, and one large answer must not hold up a hundred small ones.
	coding   chan struct{}
	verifier sigv4.Verifier
	budget   *budget
	bodies   buffers
	answers  buffers
}

// NewHandler makes a handler of a table of operations.
func NewHandler(c Config, operations ...Operation) *Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Current == nil {
		c.Current = func(context.Context) error { return nil }
	}
	if c.MaxBody == 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.BodyBudget == 0 {
		c.BodyBudget = DefaultBodyBudget
	}
	if c.BodyWithin == 0 {
		c.BodyWithin = 2 * time.Minute
	}
	if c.Coders == 0 {
		c.Coders = runtime.GOMAXPROCS(0)
	}
	h := &Handler{
		config:     c,
		operations: make(map[access.Operation]Operation, len(operations)),
		coding:     make(chan struct{}, c.Coders),
		budget:     newBudget(c.BodyBudget),
	}
	for _, o := range operations {
		h.operations[o.name] = o
	}
	return h
}

// BodyBudgetUsed is how much of the budget calls under way hold, in bytes of memory.
func (h *Handler) BodyBudgetUsed() int64 { return h.budget.used.Load() }

// ServeHTTP answers one call.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.Error(w, "The API is at POST /.", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "The API is at POST /.", http.StatusMethodNotAllowed)
		return
	}
	call := Call{RequestID: uuid.NewString()}
	start := time.Now()
	out, err := h.call(w, r, &call)
	answer := h.answers.take() // not before: who waits in a call has none
	defer h.answers.giveBack(answer)
	if err == nil {
		err = h.encode(r.Context(), answer, out)
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		err = muster.ErrClientGone
	}
	if err != nil {
		call.Code = render(answer, err)
		if call.Code != muster.CodeRequestEntityTooLarge {
			drain(r)
		}
	}
	call.Status = statusOf(call.Code)
	send(w, call, answer.Bytes())

	call.Duration = time.Since(start)
	h.log(r.Context(), call, err)
	if h.config.Observe != nil {
		h.config.Observe(call)
	}
}

// call takes a request through its steps, in this order: route, be current, find the key, make room for the body and read it, authenticate,
// authorize the operation, what the operation's prepare does, run. Nothing of the body is looked at before it is known who signed
// it, and nothing is read for a key that nobody has.
func (h *Handler) call(w http.ResponseWriter, r *http.Request, call *Call) (out any, err error) {
	defer recovered(&err)
	operation, ok := h.operations[access.Operation(r.Header.Get("X-Amz-Target"))]
	if !ok {
		return nil, muster.ErrUnknownOperation
	}
	call.Operation = operation.name
	if err := h.config.Current(r.Context()); err != nil {
		return nil, err
	}
	signer, err := identify(r, operation.name, h.config.Keys, h.config.Now())
	if err != nil {
		return nil, err
	}
	room := h.budget.claim(signer.stranger(), r.ContentLength)
	defer room.release() // not before: what was decoded is in use until the call is over
	run, err := h.prepare(w, r, call, operation, signer, room)
	if err != nil {
		return nil, err
	}
	if operation.waits {
		room.release()
	}
	return run(withOrigin(r.Context(), &origin{call.RequestID, r.Header}))
}

// recovered makes a panic the error of the call, so that the client gets an answer and the log a line.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// prepare needs the body, which is free for another call when it returns.
func (h *Handler) prepare(w http.ResponseWriter, r *http.Request, call *Call, operation Operation, signer signer, room *claim) (run, error) {
	limits := signer.bounds(bounds{h.config.MaxBody, h.config.BodyWithin})
	if err := admit(r, limits.size, room); err != nil {
		return nil, err
	}
	body := h.bodies.take()
	defer h.bodies.giveBack(body)
	hash := sha256.New()
	err := readBody(w, r, limits, body, hash, room)
	call.BytesIn = int64(body.Len())
	if err != nil {
		return nil, err
	}
	caller, err := signer.verify(&h.verifier, [sha256.Size]byte(hash.Sum(nil)))
	if err != nil {
		return nil, err
	}
	call.Caller = caller
	if err := caller.Allowed(operation.name); err != nil {
		return nil, err
	}
	if err := h.enter(r.Context()); err != nil {
		return nil, err
	}
	defer h.leave()
	return operation.prepare(caller, body.Bytes())
}

// enter waits for room among the coders. Who got it leaves.
func (h *Handler) enter(ctx context.Context) error {
	select {
	case h.coding <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (h *Handler) leave() { <-h.coding }
