package mustertest_test

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"muster/mustertest"
)

const agentRegion = "eu-west-1"

// machine is a host with an amazon-ssm-agent: it speaks as the agent was seen to, with signatures of its own making.
type machine struct {
	t           testing.TB
	srv         *mustertest.Server
	key         *rsa.PrivateKey
	fingerprint string
	node        string
	region      string
	keys        struct{ AccessKeyId, SecretAccessKey, SessionToken string }
	turn        int // of altered bytes, see alteration
}

func newMachine(t testing.TB, srv *mustertest.Server) *machine {
	t.Helper()
	m := &machine{t: t, srv: srv, fingerprint: "979b554f-0d67-42c6-9730-48443b3016dd", region: agentRegion}
	m.newKey()
	return m
}

func (m *machine) newKey() (publicKey string) {
	m.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		m.t.Fatal(err)
	}
	m.key = key
	return publicKeyOf(m.t, key)
}

func publicKeyOf(t testing.TB, key *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// answer is what came back: members, and the code of an error or "".
type answer struct {
	status  int
	members map[string]any
	code    string
}

func (a answer) text(member string) string {
	s, _ := a.members[member].(string)
	return s
}

// send sends the request as it is, and reads the answer.
func send(t testing.TB, r *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var a answer
	if err := json.NewDecoder(resp.Body).Decode(&a.members); err != nil {
		t.Fatal(err)
	}
	a.status, a.code = resp.StatusCode, ""
	a.code, _ = a.members["__type"].(string)
	return a
}

func newRequest(t testing.TB, url, target string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("User-Agent", "aws-sdk-go/1.51.20 (go1.22.3; linux; amd64) amazon-ssm-agent/3.3.0.0")
	return r
}

func body(t testing.TB, members map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// register calls RegisterManagedInstance, which nobody signs.
func (m *machine) register(id, code string) answer {
	m.t.Helper()
	text := body(m.t, map[string]any{
		"ActivationCode": code, "ActivationId": id, "Fingerprint": m.fingerprint, "PublicKey": publicKeyOf(m.t, m.key), "PublicKeyType": "Rsa",
	})
	a := send(m.t, newRequest(m.t, m.srv.URL()+"/", "AmazonSSM.RegisterManagedInstance", bytes.NewReader(text)))
	if a.code == "" {
		m.node = a.text("InstanceId")
	}
	return a
}

// toSign writes the string to sign: names are those of the headers, in order.
func (m *machine) toSign(r *http.Request, names []string, payload []byte, service, stamp string) string {
	var b strings.Builder
	b.WriteString("POST\n" + r.URL.Path + "\n\n")
	for _, name := range names {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.URL.Host
		case "content-length":
			value = fmt.Sprint(len(payload))
		}
		b.WriteString(name + ":" + value + "\n")
	}
	fmt.Fprintf(&b, "\n%s\n%x", strings.Join(names, ";"), sha256.Sum256(payload))
	return fmt.Sprintf("AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%x", stamp, stamp[:8], m.region, service, sha256.Sum256([]byte(b.String())))
}

func (m *machine) authorize(r *http.Request, keyID, service, stamp string, names []string, signature string) {
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s/%s/%s/aws4_request, SignedHeaders=%s, Signature=%s",
		keyID, stamp[:8], m.region, service, strings.Join(names, ";"), signature))
}

// byKey makes a request that is signed with the private key and goes in chunks. The hash of its body is declared and not signed.
func (m *machine) byKey(target string, members map[string]any) *http.Request {
	m.t.Helper()
	payload := body(m.t, members)
	r := newRequest(m.t, m.srv.URL()+"/", target, io.MultiReader(bytes.NewReader(payload)))
	stamp := m.srv.Now().UTC().Format("20060102T150405Z")
	r.Header.Set("X-Amz-Date", stamp)
	names := []string{"content-type", "host", "x-amz-date", "x-amz-target"}
	digest := sha256.Sum256([]byte(m.toSign(r, names, payload, "ssm", stamp)))
	signature, err := rsa.SignPSS(rand.Reader, m.key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256})
	if err != nil {
		m.t.Fatal(err)
	}
	m.authorize(r, m.node, "ssm", stamp, names, base64.StdEncoding.EncodeToString(signature))
	r.Header.Set("X-Amz-Content-Sha256", fmt.Sprintf("%x", sha256.Sum256(payload)))
	return r
}

// token calls RequestManagedInstanceRoleToken, and keeps the keys.
func (m *machine) token() answer {
	m.t.Helper()
	a := send(m.t, m.byKey("AmazonSSM.RequestManagedInstanceRoleToken", map[string]any{"Fingerprint": m.fingerprint}))
	if a.code == "" {
		m.keys.AccessKeyId, m.keys.SecretAccessKey, m.keys.SessionToken = a.text("AccessKeyId"), a.text("SecretAccessKey"), a.text("SessionToken")
	}
	return a
}

// bySession makes a request that is signed with the session keys, as the agent's SDK does.
func (m *machine) bySession(target string, payload []byte) *http.Request {
	m.t.Helper()
	service := "ssm"
	if strings.HasPrefix(target, "EC2WindowsMessageDeliveryService.") {
		service = "ec2messages"
	}
	return m.sign(newRequest(m.t, m.srv.URL()+"/", target, bytes.NewReader(payload)), payload, service)
}

// sign signs the request with the session keys. The length of the body is signed, the hash of it is declared nowhere.
func (m *machine) sign(r *http.Request, payload []byte, service string) *http.Request {
	stamp := m.srv.Now().UTC().Format("20060102T150405Z")
	r.Header.Set("X-Amz-Date", stamp)
	names := []string{"content-length", "host"}
	if m.keys.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", m.keys.SessionToken)
	}
	for name := range r.Header {
		if name != "User-Agent" {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	key := []byte("AWS4" + m.keys.SecretAccessKey)
	for _, part := range []string{stamp[:8], m.region, service, "aws4_request", m.toSign(r, names, payload, service, stamp)} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	m.authorize(r, m.keys.AccessKeyId, service, stamp, names, hex.EncodeToString(key))
	return r
}

// call calls an operation with the session keys.
func (m *machine) call(operation string, members map[string]any) answer {
	m.t.Helper()
	return m.callText(operation, string(body(m.t, members)))
}

// callText is call for a body that is text already. Of the agent's messages it asks another service.
func (m *machine) callText(operation, text string) answer {
	m.t.Helper()
	service := "AmazonSSM."
	if operation == "GetMessages" {
		service = "EC2WindowsMessageDeliveryService."
	}
	return send(m.t, m.bySession(service+operation, []byte(text)))
}

// put reports one item.
func (m *machine) put() answer {
	m.t.Helper()
	return m.call("PutInventory", map[string]any{"InstanceId": m.node, "Items": []any{map[string]any{
		"TypeName": "AWS:Network", "SchemaVersion": "1.0", "CaptureTime": "2026-01-02T03:04:05Z", "ContentHash": "h",
		"Content": []any{map[string]string{"Name": "eth0", "MacAddress": "00:00:00:00:00:00", "IPV4": "192.0.2.7", "IPV6": ""}},
	}}})
}

// administrator calls as one.
func administrator(t testing.TB, srv *mustertest.Server) *machine {
	m := &machine{t: t, srv: srv, region: agentRegion}
	m.keys.AccessKeyId, m.keys.SecretAccessKey = srv.AccessKey()
	return m
}

// activate makes an activation for so many nodes.
func activate(t testing.TB, srv *mustertest.Server, limit int) (id, code string) {
	t.Helper()
	a := administrator(t, srv).call("CreateActivation", map[string]any{"IamRole": "Fleet", "RegistrationLimit": limit})
	wants(t, a, "")
	return a.text("ActivationId"), a.text("ActivationCode")
}

// wants checks the code of an answer, "" for a success.
func wants(t testing.TB, a answer, code string) {
	t.Helper()
	if a.code != code || (a.status == 200) != (code == "") {
		t.Fatalf("answered %d %v, want the code %q", a.status, a.members, code)
	}
}
