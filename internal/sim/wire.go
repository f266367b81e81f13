package sim

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"muster"
)

// wire counts what goes over it. The client behind it tries again by itself, and only here can be seen how often.
type wire struct {
	transport *http.Transport
	requests  atomic.Int64
	throttled atomic.Int64 // of them
	bytes     atomic.Int64 // of request bodies
}

// RoundTrip returns when nobody reads the request's body any more, so that the memory can be used for the next.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.requests.Add(1)
	w.bytes.Add(max(0, r.ContentLength)) // of what goes in chunks it is not known
	var reading sync.WaitGroup
	lend := func(body io.ReadCloser) io.ReadCloser {
		reading.Add(1)
		return &lent{body, sync.OnceFunc(reading.Done)}
	}
	r = r.Clone(r.Context())
	again := r.GetBody
	r.Body = lend(r.Body)
	r.GetBody = func() (io.ReadCloser, error) {
		body, err := again()
		if err != nil {
			return nil, err
		}
		return lend(body), nil
	}
	response, err := w.transport.RoundTrip(r)
	reading.Wait()
	if err != nil || response.StatusCode != http.StatusBadRequest {
		return response, err
	}
	if err := w.refused(response); err != nil {
		return nil, err
	}
	return response, nil
}

// lent is a body that tells when it is closed, which http.RoundTripper promises to do.
type lent struct {
	io.ReadCloser
	closed func()
}

func (l *lent) Close() error {
	defer l.closed()
	return l.ReadCloser.Close()
}

// refused counts a refusal that says to come again.
func (w *wire) refused(response *http.Response) error {
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if bytes.Contains(text, []byte(muster.CodeThrottling)) {
		w.throttled.Add(1)
	}
	response.Body = io.NopCloser(bytes.NewReader(text))
	return nil
}
