package client

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"muster/internal/sigv4"
)

// registry is as much of an endpoint as a machine needs that registers.
type registry struct {
	t   *testing.T
	key *rsa.PublicKey
}

const machineNode = "mi-0123456789abcdef0"

func (reg *registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		reg.t.Error(err)
	}
	var in struct{ PublicKey, NewPublicKey, PublicKeyType, NewPublicKeyType, Fingerprint, ActivationId, ActivationCode string }
	if err := json.Unmarshal(body, &in); err != nil {
		reg.t.Error(err)
	}
	target := r.Header.Get("X-Amz-Target")
	if target == "AmazonSSM.RegisterManagedInstance" {
		if r.Header.Get("Authorization") != "" || in.ActivationId != "id" || in.ActivationCode != "code" || in.PublicKeyType != "Rsa" || in.Fingerprint != "host" {
			reg.t.Errorf("registered by %s with %q", body, r.Header)
		}
		reg.key = reg.parse(in.PublicKey)
		io.WriteString(w, `{"InstanceId":"`+machineNode+`"}`)
		return
	}
	signed, err := sigv4.Parse(r, "ssm", time.Now())
	if err == nil {
		err = signed.VerifyPSS(reg.key, sha256.Sum256(body))
	}
	if err != nil || signed.AccessKeyID != machineNode {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"__type":"InvalidSignatureException"}`)
		return
	}
	switch target {
	case "AmazonSSM.RequestManagedInstanceRoleToken":
		if in.Fingerprint != "host" {
			reg.t.Errorf("asked by %s", body)
		}
		io.WriteString(w, `{"AccessKeyId":"ASIA","SecretAccessKey":"s","SessionToken":"t","TokenExpirationDate":1795300079.5,"UpdateKeyPair":true}`)
	case "AmazonSSM.UpdateManagedInstancePublicKey":
		reg.key = reg.parse(in.NewPublicKey)
		io.WriteString(w, `{}`)
	}
}

func (reg *registry) parse(text string) *rsa.PublicKey {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		reg.t.Fatal(err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		reg.t.Fatal(err)
	}
	return key.(*rsa.PublicKey)
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestMachine(t *testing.T) {
	c := newClient(t, Config{Transport: inMemory{&registry{t: t}}})
	m, err := Register(t.Context(), c, "id", "code", newKey(t), "host")
	if err != nil || m.Node != machineNode {
		t.Fatalf("%+v, %v", m, err)
	}
	token, err := m.RoleToken(t.Context(), c)
	if err != nil || token.AccessKeyId != "ASIA" || !token.UpdateKeyPair || token.TokenExpirationDate.Unix() != 1795300079 {
		t.Fatalf("%+v, %v", token, err)
	}

	next := newKey(t)
	if err := m.ReplaceKey(t.Context(), c, next); err != nil {
		t.Fatal(err)
	}
	if _, err := m.RoleToken(t.Context(), c); err == nil {
		t.Error("the key of before is still good")
	}
	m.Key = next
	if _, err := m.RoleToken(t.Context(), c); err != nil {
		t.Error(err)
	}
}
