// Package client calls the operations of an SSM endpoint, muster's or AWS's:
// signed AWS JSON 1.1 over HTTP, with retries.
//
// Of operations it knows only those by which a machine registers and gets its
// keys, and it is not an SDK: no paginators, no roles to assume, no instance
// metadata.
package client

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"muster/internal/sigv4"
)

// Config says whom to call and as whom. Endpoint, Region and Credentials, or
// Sign, are required, [Config.FromEnvironment] can find them; the zero value of
// the rest works.
type Config struct {
	Endpoint    string // "http://127.0.0.1:8765"
	Region      string // "eu-west-1"; any name, for a server that is not AWS
	Credentials sigv4.Credentials
	Sign        Signer // nil is with the Credentials

	Version     string        // of the program, for the User-Agent: muster/<version>
	Header      http.Header   // sent, and signed, with every call
	MaxAttempts int           // of one call, the first included; 0 is 3, as in AWS's SDKs
	Pause       time.Duration // before the second attempt, at most, and doubled for each further one; 0 is 200 ms
	MaxResponse int64         // bytes of one answer; 0 is 64 MiB
	Timeout     time.Duration // of one attempt, the answer's body included; 0 is 2 minutes

	CABundle  string            // PEM file with the certificates of the CAs to trust; empty is those of the system
	Transport http.RoundTripper // nil is one of the client's own, and CABundle is for that
	Now       func() time.Time  // the time of signatures; nil is time.Now
}

// Client calls one endpoint with one identity. It may be used by many
// goroutines at once.
type Client struct {
	config   Config
	endpoint *url.URL
	http     *http.Client
}

// New checks the configuration; it does not call anybody.
func New(config Config) (*Client, error) {
	if config.Endpoint == "" {
		return nil, errors.New("no endpoint: give one, or set AWS_ENDPOINT_URL")
	}
	if config.Region == "" {
		return nil, errors.New("no region: give one, or set AWS_REGION")
	}
	if config.Sign == nil {
		if config.Credentials.AccessKeyID == "" || config.Credentials.SecretAccessKey == "" {
			return nil, errors.New("no credentials: give a key, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE")
		}
		config.Sign = WithKey(config.Credentials)
	}
	endpoint, err := url.Parse(config.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	if endpoint.Scheme != "http" && endpoint.Scheme != "https" || endpoint.Hostname() == "" {
		return nil, fmt.Errorf("endpoint %q: want http://HOST:PORT or https://HOST:PORT", config.Endpoint)
	}
	endpoint.Path = cmp.Or(endpoint.Path, "/")

	config.Version = cmp.Or(config.Version, "devel")
	config.MaxAttempts = cmp.Or(config.MaxAttempts, 3)
	config.Pause = cmp.Or(config.Pause, 200*time.Millisecond)
	config.MaxResponse = cmp.Or(config.MaxResponse, 64<<20)
	config.Timeout = cmp.Or(config.Timeout, 2*time.Minute)
	config.Header = config.Header.Clone()
	if config.Transport == nil {
		if config.Transport, err = newTransport(config.CABundle); err != nil {
			return nil, err
		}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Client{
		config:   config,
		endpoint: endpoint,
		http: &http.Client{
			Transport: config.Transport,
			Timeout:   config.Timeout,
			// A signature holds for one host: to follow would only show the
			// call to somebody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// newTransport notices sooner than net/http's default that nobody is there,
// and keeps enough connections for a simulator to call one host from many
// goroutines.
func newTransport(caBundle string) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     90 * time.Second,
	}
	if caBundle == "" {
		return t, nil
	}
	text, err := os.ReadFile(caBundle)
	if err != nil {
		return nil, fmt.Errorf("CA bundle: %w", err)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("CA bundle %s: there is no certificate in it", caBundle)
	}
	return t, nil
}
