package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

type agentKey struct{}

func scriptAgent(ts *testscript.TestScript) *process {
	return ts.Value(agentKey{}).(*process)
}

// agent [FLAG…] starts muster agent, which asks, pings and reports at once and often. agent -stop sends it SIGTERM, and fails unless
// it ends with status 0.
func cmdAgent(ts *testscript.TestScript, neg bool, args []string) {
	a := scriptAgent(ts)
	switch {
	case neg:
		ts.Fatalf("say ! exec muster agent")
	case len(args) == 1 && args[0] == "-stop":
		ts.Check(a.stop())
	default:
		args = append([]string{"--jitter", "10ms", "--poll-every", "500ms", "--ping-every", "500ms"}, args...)
		cmd := exec.Command("muster", append([]string{"agent"}, args...)...)
		cmd.Dir, cmd.Env = ts.Getenv("WORK"), scriptServer(ts).env
		ts.Check(a.begin(cmd))
	}
}

// waitagent TEXT waits for a line of the agent's log that has the text, and comes after the one that it last waited for.
func cmdWaitAgent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitagent TEXT")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ts.Check(scriptAgent(ts).log.waitNext(ctx, args[0]))
}

// certificates writes ca.pem, of a CA that nobody's system knows, and server.pem and server.key, which it signed for this machine.
func cmdCertificates(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: certificates")
	}
	ts.Check(writeCertificates(ts.Getenv("WORK")))
}

func writeCertificates(dir string) error {
	from, until := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a private CA"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "muster"}, NotBefore: from, NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return err
	}
	serverDER, err := x509.CreateCertificate(rand.Reader, server, ca, &key.PublicKey, caKey)
	if err != nil {
		return err
	}
	return errors.Join(
		writePEM(filepath.Join(dir, "ca.pem"), "CERTIFICATE", caDER),
		writePEM(filepath.Join(dir, "server.pem"), "CERTIFICATE", serverDER),
		writePEM(filepath.Join(dir, "server.key"), "PRIVATE KEY", private),
	)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
