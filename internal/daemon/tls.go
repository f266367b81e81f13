package daemon

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// TLS names the files, in PEM, that a daemon serves https with. The zero value serves http.
type TLS struct {
	Cert string // the certificate, and those between it and the CA's
	Key  string
}

func (t TLS) on() bool { return t != TLS{} }

// certificate is that of the files: a renewed one is served within seconds.
type certificate struct {
	files TLS
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	changed [2]time.Time // when the files were, as they were read
	looked  time.Time    // when the files were looked at
	trouble string       // what was wrong with them then; empty for nothing
}

// lookEvery is how often the files are looked at, at most: anybody may connect, as often as he likes.
const lookEvery = 2 * time.Second

func loadCertificate(files TLS, now func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{files: files, now: now, log: log, looked: now()}
	changed, err := c.lookAt()
	if err != nil {
		return nil, err
	}
	return c, c.load(changed)
}

// lookAt says when the files were changed.
func (c *certificate) lookAt() (changed [2]time.Time, err error) {
	for i, name := range []string{c.files.Cert, c.files.Key} {
		info, err := os.Stat(name)
		if err != nil {
			return changed, fmt.Errorf("TLS: %w", err)
		}
		changed[i] = info.ModTime()
	}
	return changed, nil
}

func (c *certificate) load(changed [2]time.Time) error {
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return fmt.Errorf("TLS: %s and %s: %w", c.files.Cert, c.files.Key, err)
	}
	c.current, c.changed = &pair, changed
	return nil
}

// get gives the certificate for a connection.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked).Abs() >= lookEvery { // a clock that was set back is no reason to wait for it
		c.looked = now
		c.renew()
	}
	return c.current, nil
}

// renew looks at the files. Such as cannot be read, or do not belong together as when one of them has just been replaced, leave
// the certificate before in use. The log is told when that begins, and when it is over.
func (c *certificate) renew() {
	changed, err := c.lookAt()
	renewed := err == nil && changed != c.changed
	if renewed {
		err = c.load(changed)
	}
	if err != nil {
		if trouble := err.Error(); trouble != c.trouble {
			c.trouble = trouble
			c.log.Error("serving with the certificate before", "err", err)
		}
		return
	}
	if renewed || c.trouble != "" {
		c.trouble = ""
		c.log.Info("serving with the certificate of the files", "file", c.files.Cert, "until", c.current.Leaf.NotAfter)
	}
}

// url is where clients find the address: by a name of the certificate if the address is none of its names.
func (c *certificate) url(address string) string {
	host, port, err := net.SplitHostPort(address)
	if leaf := c.current.Leaf; err == nil && leaf.VerifyHostname(host) != nil && len(leaf.DNSNames) > 0 {
		address = net.JoinHostPort(leaf.DNSNames[0], port)
	}
	return "https://" + address
}

// trusted says what a client on this machine needs to trust the certificate: nothing, the file of the certificate itself, which
// ends at one that signed itself, or the certificate of a CA that is elsewhere.
func (c *certificate) trusted() Trust {
	rest := x509.NewCertPool()
	own := false
	for _, der := range c.current.Certificate {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			continue // only a client can say more of it
		}
		rest.AddCert(cert)
		own = own || bytes.Equal(cert.RawIssuer, cert.RawSubject)
	}
	if _, err := c.current.Leaf.Verify(x509.VerifyOptions{Intermediates: rest}); err == nil {
		return TrustSystem
	}
	if own {
		return TrustFile
	}
	return TrustElsewhere
}

// Trust is whom a client has to trust besides those that its system trusts.
type Trust int

// The ways in which a certificate is trusted.
const (
	TrustSystem    Trust = iota // no one
	TrustFile                   // the certificate's own file
	TrustElsewhere              // a CA whose certificate is in another file
)

// transport connects to the daemon at the address, whatever the URL says, and to no one else: it takes no other certificate.
func (c *certificate) transport(address string) http.RoundTripper {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			InsecureSkipVerify: true, // VerifyConnection does: it need not be for this address, nor from a CA of the system's
			VerifyConnection: func(state tls.ConnectionState) error {
				own, err := c.get(nil)
				if err != nil || !bytes.Equal(state.PeerCertificates[0].Raw, own.Certificate[0]) {
					return errors.New("somebody else answers at " + address)
				}
				return nil
			},
		},
	}
}
