package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net/url"

	"muster"
	"muster/internal/client"
)

// advisedError is an error and what to do about it, on a line of its own.
type advisedError struct {
	error
	advice string
}

func (e *advisedError) Error() string { return e.error.Error() + "\n" + e.advice }

func (e *advisedError) Unwrap() error { return e.error }

// advise adds what to do about a call that nobody answers, or as whoever made it. A command that knows better has said so.
func advise(err error) error {
	if _, ok := errors.AsType[*advisedError](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &advisedError{err, "If the server's certificate is from a CA of your own, name the CA's file in AWS_CA_BUNDLE"}
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return &advisedError{err, "Is a server there? muster serve starts one; --endpoint-url or AWS_ENDPOINT_URL names another"}
	}
	if refused, ok := errors.AsType[*client.Error](err); ok {
		switch refused.Code {
		case muster.CodeUnrecognizedClient, muster.CodeInvalidSignature:
			return &advisedError{err, "Is the key one of this server's? --profile, --data and AWS_ACCESS_KEY_ID name another; muster keys create makes one"}
		}
	}
	return err
}
