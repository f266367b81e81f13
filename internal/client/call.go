package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"muster/internal/access"
	"muster/internal/sigv4"
)

// Call sends in, a shape of ssmapi or nil, to an operation and gives back its
// answer. The operation is AmazonSSM's, "PutInventory", unless it names its
// service, "Muster.ListKeys".
//
// What the endpoint refuses comes back as an [*Error]. Throttling, answers
// that blame the server and lost connections are tried again, so that an
// operation can have been carried out and still fail, or twice.
func Call[In, Out any](ctx context.Context, c *Client, operation string, in *In) (*Out, error) {
	body := []byte("{}")
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, fmt.Errorf("%s: encode the request: %w", operation, err)
		}
	}
	answer, err := c.Send(ctx, operation, body)
	if err != nil {
		return nil, err
	}
	out := new(Out)
	if len(answer) == 0 { // AWS documents an empty body for operations without output
		return out, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return nil, fmt.Errorf("%s: decode the answer: %w", operation, err)
	}
	return out, nil
}

// Send is Call for a body that is encoded already, and gives that of the
// answer. The transport may read the body for a little longer than the call
// takes, as http.RoundTripper says.
func (c *Client) Send(ctx context.Context, operation string, body []byte) ([]byte, error) {
	answer, err := c.retry(ctx, operation, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	return answer, nil
}

// attempt makes one HTTP request and gives the body of a 200.
func (c *Client) attempt(ctx context.Context, operation string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range c.config.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	target := operation
	if !strings.Contains(target, ".") {
		target = "AmazonSSM." + target
	}
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("User-Agent", "muster/"+c.config.Version)
	scope := sigv4.Scope{Region: c.config.Region, Service: access.Operation(target).Service()}
	if err := c.config.Sign(r, sha256.Sum256(body), scope, c.config.Now()); err != nil {
		return nil, err
	}

	response, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer bytes.Buffer
	if n := response.ContentLength; 0 < n && n <= c.config.MaxResponse {
		answer.Grow(int(n) + bytes.MinRead) // which ReadFrom wants free when it asks for the end
	}
	_, err = answer.ReadFrom(io.LimitReader(response.Body, c.config.MaxResponse+1))
	if int64(answer.Len()) > c.config.MaxResponse {
		return nil, &answerTooLargeError{limit: c.config.MaxResponse}
	}
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, newError(response, answer.Bytes())
	}
	return answer.Bytes(), nil
}

type answerTooLargeError struct{ limit int64 }

func (e *answerTooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.limit)
}
