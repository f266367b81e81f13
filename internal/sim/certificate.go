package sim

import (
	"slices"

	"muster"
)

// The certificates on a node: authorities that the whole fleet trusts, and its own.
const (
	authorities = 20
	ownCerts    = 1
)

var (
	ownApps      = [ownCerts]string{"host"}
	alternatives = [...]string{"", ".internal"}
)

// newAuthorities makes the entries that all Linux nodes share.
func newAuthorities() []muster.Entry {
	var s Scratch
	for i := range authorities {
		d := roll(uint64(i), aboutCertificate, 0)
		number := s.number(i + 1)
		subject := s.join("CN=Example Trust Services Root R", number, ", OU=Certification Authorities, O=Example Trust Services Ltd., C=IE")
		s.certificate(&d, subject, subject, "", s.join("/etc/ssl/certs/example-root-r", number, ".pem"))
	}
	return slices.Clone(s.entries)
}

// certificates reports Custom:Certificate, a type such as operators define for themselves, with long values. The authorities are
// no part of the item's sum: they never change.
func (s *Scratch) certificates() {
	s.entries = append(s.entries, s.fleet.authorities...)
	name := s.computerName()
	for i, app := range ownApps {
		d := s.roll(aboutCertificate, i)
		mark := s.mark()
		for j, suffix := range alternatives {
			if j > 0 {
				s.string(", ")
			}
			s.string("DNS:")
			s.string(app)
			s.string(".")
			s.string(name)
			s.string(suffix)
		}
		others := s.from(mark)
		s.certificate(&d, s.join("CN=", app, ".", name, ", OU=", s.image.role, ", O=Example Corporation, C=IE"),
			"CN=Example Corporation Issuing CA 3, O=Example Corporation, C=IE", others, s.join("/etc/pki/tls/certs/", app, ".pem"))
	}
	s.end(certificate)
}

func (s *Scratch) certificate(d *dice, subject, issuer, others, path string) {
	from := start - int64(d.below(300*24*60*60))
	if others == "" { // of an authority; what is unique to a node is kept short
		s.add("DER", s.base64(d, 3500))
	}
	s.add("FingerprintSHA256", s.octets(d, 32))
	s.add("Issuer", issuer)
	s.add("KeyAlgorithm", "RSA 4096")
	s.add("KeyUsage", "Digital Signature, Key Encipherment, Certificate Sign, CRL Sign; TLS Web Server Authentication, TLS Web Client Authentication")
	s.add("NotAfter", s.moment(from+398*24*60*60))
	s.add("NotBefore", s.moment(from))
	s.add("Path", path)
	s.add("SerialNumber", s.octets(d, 20))
	s.add("SignatureAlgorithm", "sha256WithRSAEncryption")
	s.add("Subject", subject)
	s.add("SubjectAlternativeNames", others)
	s.next()
}

// octets writes random bytes as openssl does, in capitals with colons.
func (s *Scratch) octets(d *dice, bytes int) string {
	const digits = "0123456789ABCDEF"
	mark := s.mark()
	for i := range bytes {
		n := d.next()
		octet := [...]byte{':', digits[n>>4&15], digits[n&15]}
		if i == 0 {
			s.b.Write(octet[1:])
			continue
		}
		s.b.Write(octet[:])
	}
	return s.from(mark)
}

// base64 writes so many random digits, ten to a roll.
func (s *Scratch) base64(d *dice, digits int) string {
	mark := s.mark()
	var ten [10]byte
	for range digits / len(ten) {
		n := d.next()
		for i := range ten {
			ten[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[n&63]
			n >>= 6
		}
		s.b.Write(ten[:])
	}
	return s.from(mark)
}
