package main

import (
	"strings"
	"testing"

	"muster/internal/daemon"
	"muster/internal/sigv4"
)

func TestGreetingNamesTheCABundle(t *testing.T) {
	t.Parallel()
	f := &serveFlags{data: "/data", region: "eu-west-1", tls: daemon.TLS{Cert: "/etc/muster/my cert.pem", Key: "/etc/muster/key.pem"}}
	for trust, want := range map[daemon.Trust]string{
		daemon.TrustSystem:    "\nAWS_SHARED_CREDENTIALS_FILE=/data/credentials aws ssm get-inventory --endpoint-url https://muster.example:8181 --region eu-west-1 ",
		daemon.TrustFile:      "\nAWS_CA_BUNDLE='/etc/muster/my cert.pem' AWS_SHARED_CREDENTIALS_FILE=/data/credentials aws ssm get-inventory ",
		daemon.TrustElsewhere: "\n(ca.pem stands for the certificate of the CA that signed /etc/muster/my cert.pem)\nAWS_CA_BUNDLE=ca.pem AWS_SHARED_CREDENTIALS_FILE=/data/credentials aws ssm get-inventory ",
	} {
		d := &daemon.Daemon{URL: "https://muster.example:8181", Trust: trust, Credentials: "/data/credentials", Admin: sigv4.Credentials{AccessKeyID: "AKIA"}}
		if got := f.greeting(d, ""); !strings.Contains(got, want) {
			t.Errorf("trust %d: the greeting lacks %q:\n%s", trust, want, got)
		}
	}
}
