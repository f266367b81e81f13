package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

const longestPause = 10 * time.Second

// retry makes attempts until one succeeds, one fails for good, they are used
// up or ctx ends.
func (c *Client) retry(ctx context.Context, operation string, body []byte) ([]byte, error) {
	for n := 1; ; n++ {
		answer, err := c.attempt(ctx, operation, body)
		if err == nil || ctx.Err() != nil || !worthRetrying(err) {
			return answer, err
		}
		if n >= c.config.MaxAttempts {
			if n > 1 {
				err = fmt.Errorf("after %d attempts: %w", n, err)
			}
			return nil, err
		}
		if !sleep(ctx, pause(c.config.Pause, n)) {
			return nil, fmt.Errorf("%w, while waiting to retry: %w", ctx.Err(), err)
		}
	}
}

// worthRetrying tells whether the same request may fare better later.
func worthRetrying(err error) bool {
	if refused, ok := errors.AsType[*Error](err); ok {
		return retryable(refused)
	}
	if _, ok := errors.AsType[*answerTooLargeError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	return true // nobody there, or the connection broke
}

func retryable(e *Error) bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	switch e.Code {
	case "ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException":
		return true
	}
	return false
}

// pause is a random part of a span that doubles with each attempt. All of it
// is random, so that a fleet that failed together does not return together.
func pause(first time.Duration, attempt int) time.Duration {
	span := min(first<<min(attempt-1, 16), max(first, longestPause))
	return rand.N(span)
}

// sleep tells whether it slept d through; if not, ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
