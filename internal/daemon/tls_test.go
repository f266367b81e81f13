package daemon

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	mathbig "math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/internal/client"
)

// authority is a CA that nobody's system knows.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key, a.pem = sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "a private CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	return a
}

// sign has the authority sign the template, or the template itself.
func sign(t *testing.T, template *x509.Certificate, by *authority) (*x509.Certificate, *ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, mathbig.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = serial, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// issue writes a certificate for the name, with what else is to be in its file, and gives its serial number.
func (a *authority) issue(files TLS, name string, and ...[]byte) *mathbig.Int {
	a.t.Helper()
	template := &x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}}
	if ip := net.ParseIP(name); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	cert, key, text := sign(a.t, template, a)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	write(a.t, files.Cert, append(text, bytes.Join(and, nil)...))
	write(a.t, files.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return cert.SerialNumber
}

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func filesIn(dir string) TLS {
	return TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
}

func TestTLSWithAPrivateCA(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files, ca, bundle := filesIn(dir), newAuthority(t), filepath.Join(dir, "ca.pem")
	ca.issue(files, "127.0.0.1")
	write(t, bundle, ca.pem)
	d := start(t, Config{TLS: files})
	if u, err := url.Parse(d.URL); err != nil || u.Scheme != "https" || u.Hostname() != "127.0.0.1" || d.Trust != TrustElsewhere {
		t.Fatalf("URL %s, trust %d", d.URL, d.Trust)
	}
	ask := func(c client.Config) error {
		c.Endpoint, c.Region, c.Credentials, c.MaxAttempts = d.URL, "eu-west-1", d.Admin, 1
		caller, err := client.New(c)
		if err != nil {
			return err
		}
		_, err = client.Call[struct{}, struct{}](t.Context(), caller, "GetInventory", &struct{}{})
		return err
	}
	if err := ask(client.Config{CABundle: bundle}); err != nil {
		t.Error("with the CA's certificate:", err)
	}
	if err := ask(client.Config{}); err == nil {
		t.Error("answered whoever does not know the CA")
	}
	if err := ask(client.Config{Transport: d.Transport}); err != nil {
		t.Error("from inside:", err)
	}
	if err := ask(client.Config{CABundle: files.Key}); err == nil {
		t.Error("a bundle without certificates was taken")
	}
}

func TestTLSVersionAndProtocol(t *testing.T) {
	t.Parallel()
	files, ca := filesIn(t.TempDir()), newAuthority(t)
	ca.issue(files, "127.0.0.1")
	d := start(t, Config{TLS: files})
	for version, want := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		c := http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{
			RootCAs: ca.pool(), MinVersion: tls.VersionTLS10, MaxVersion: version,
		}}}
		resp, err := c.Get(d.URL + "/livez")
		if (err == nil) != want {
			t.Errorf("TLS %x: %v", version, err)
		}
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.Proto != "HTTP/1.1" {
				t.Errorf("TLS %x: %s", version, resp.Proto)
			}
		}
	}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// age has the files be an hour old, so that it can be seen when they are replaced.
func age(t *testing.T, files TLS) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{files.Cert, files.Key} {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTLSRenewal replaces the files while the server runs, one after the other.
func TestTLSRenewal(t *testing.T) {
	t.Parallel()
	files, ca := filesIn(t.TempDir()), newAuthority(t)
	first := ca.issue(files, "127.0.0.1")
	age(t, files)
	var ahead atomic.Int64
	d := start(t, Config{TLS: files, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	served := func() *mathbig.Int {
		ahead.Add(int64(lookEvery))
		u, err := url.Parse(d.URL)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := tls.Dial("tcp", u.Host, &tls.Config{RootCAs: ca.pool()})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber
	}
	if got := served(); got.Cmp(first) != 0 {
		t.Errorf("served %v, want %v", got, first)
	}
	next := filesIn(t.TempDir())
	second := ca.issue(next, "127.0.0.1")
	for _, step := range []struct {
		from, to string
		want     *mathbig.Int
	}{{next.Cert, files.Cert, first}, {next.Key, files.Key, second}} {
		text, err := os.ReadFile(step.from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, step.to, text)
		if got := served(); got.Cmp(step.want) != 0 {
			t.Errorf("after %s served %v, want %v", filepath.Base(step.to), got, step.want)
		}
	}
	if err := os.Remove(files.Cert); err != nil {
		t.Fatal(err)
	}
	if got := served(); got.Cmp(second) != 0 {
		t.Errorf("without a file served %v, want %v", got, second)
	}
}

// TestTLSTroubleIsToldOnce: those who connect, who may be anybody, do not fill the log, and do not have the files read each time.
func TestTLSTroubleIsToldOnce(t *testing.T) {
	t.Parallel()
	files, other, ca := filesIn(t.TempDir()), filesIn(t.TempDir()), newAuthority(t)
	ca.issue(files, "127.0.0.1")
	ca.issue(other, "127.0.0.1")
	age(t, files)
	elsewhere := files.Cert + ".away"
	move := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	now, log := time.Now(), new(bytes.Buffer)
	c, err := loadCertificate(files, func() time.Time { return now }, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name         string
		do           func()
		pass         time.Duration // before each of the connections
		errors, news int
	}{
		{"nothing", func() {}, lookEvery, 0, 0},
		{"a file is gone, too late to be seen", func() { move(files.Cert, elsewhere) }, 0, 0, 0},
		{"some seconds later", func() {}, lookEvery, 1, 0},
		{"it is back", func() { move(elsewhere, files.Cert) }, lookEvery, 0, 1},
		{"another's key, and a clock that is set back", func() { move(other.Key, files.Key) }, -time.Hour, 1, 0},
		{"the certificate to it", func() { move(other.Cert, files.Cert) }, lookEvery, 0, 1},
	} {
		step.do()
		log.Reset()
		for range 5 {
			now = now.Add(step.pass)
			if _, err := c.get(nil); err != nil {
				t.Fatal(err)
			}
		}
		if text := log.String(); strings.Count(text, "level=ERROR") != step.errors || strings.Count(text, "level=INFO") != step.news {
			t.Errorf("%s: the log says\n%s", step.name, text)
		}
	}
}

// TestTLSNames has the URL use a name that the certificate is for, and tells whether its file is enough to trust it.
func TestTLSNames(t *testing.T) {
	t.Parallel()
	files, ca := filesIn(t.TempDir()), newAuthority(t)
	ca.issue(files, "muster.example", ca.pem)
	d := start(t, Config{TLS: files})
	u, err := url.Parse(d.URL)
	if err != nil || u.Hostname() != "muster.example" || d.Trust != TrustFile {
		t.Errorf("URL %s, trust %d", d.URL, d.Trust)
	}
	resp, err := (&http.Client{Transport: d.Transport}).Get(d.URL + "/livez")
	if err != nil {
		t.Fatal("from inside: ", err)
	}
	resp.Body.Close()
}

func TestTLSFilesMustBeRight(t *testing.T) {
	t.Parallel()
	files, other, ca := filesIn(t.TempDir()), filesIn(t.TempDir()), newAuthority(t)
	ca.issue(files, "127.0.0.1")
	ca.issue(other, "127.0.0.1")
	for _, wrong := range []TLS{{Cert: files.Cert, Key: other.Key}, {Cert: files.Cert}, {Cert: files.Key, Key: files.Key}, {Cert: files.Cert + "x", Key: files.Key}} {
		d, err := Start(t.Context(), Config{Data: t.TempDir(), TLS: wrong, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			t.Error(fmt.Sprint(wrong), "was taken", d.Stop(t.Context()))
		}
	}
}
