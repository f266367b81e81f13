package mustertest_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/mustertest"
)

// registered gives a machine that is a node and has keys.
func registered(t testing.TB, srv *mustertest.Server) *machine {
	t.Helper()
	m := newMachine(t, srv)
	id, code := activate(t, srv, 1)
	wants(t, m.register(id, code), "")
	wants(t, m.token(), "")
	return m
}

func TestMachineBecomesANode(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	m := newMachine(t, srv)
	id, code := activate(t, srv, 2)
	if len(code) < 20 || len(id) != 36 {
		t.Errorf("activation %q, code %q", id, code)
	}
	wants(t, m.register(id, code), "")
	if !regexp.MustCompile(`^mi-[0-9a-f]{17}$`).MatchString(m.node) {
		t.Errorf("node %q", m.node)
	}
	before := srv.Now()
	a := m.token()
	wants(t, a, "")
	members := slices.Sorted(maps.Keys(a.members))
	if !slices.Equal(members, []string{"AccessKeyId", "SecretAccessKey", "SessionToken", "TokenExpirationDate", "UpdateKeyPair"}) || a.members["UpdateKeyPair"] != false {
		t.Errorf("the token has %v", a.members)
	}
	until, _ := a.members["TokenExpirationDate"].(float64)
	if left := time.Unix(int64(until), 0).Sub(before).Round(time.Minute); left != time.Hour {
		t.Errorf("the keys are good for %v", left)
	}
	srv.Restart()
	wants(t, m.put(), "")
	srv.Restart()
	wants(t, m.token(), "")
	wants(t, m.put(), "")

	list := administrator(t, srv).call("DescribeActivations", map[string]any{})
	activation := list.members["ActivationList"].([]any)[0].(map[string]any)
	if activation["RegistrationsCount"] != 1.0 || activation["RegistrationLimit"] != 2.0 || strings.Contains(strings.ToLower(toText(t, list.members)), strings.ToLower(code)) {
		t.Errorf("the activation is shown as %v", activation)
	}
}

func toText(t testing.TB, members map[string]any) string { return string(body(t, members)) }

func TestRegistrationIsRefused(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	id, code := activate(t, srv, 1)
	m := newMachine(t, srv)
	wants(t, m.register(id, code[:len(code)-1]+"!"), "InvalidActivation")
	wants(t, m.register("00000000-0000-4000-8000-000000000000", code), "InvalidActivation")
	wants(t, m.register(id, "short"), "ValidationException")
	wants(t, m.register(id, code), "")
	wants(t, m.register(id, code), "PublicKeyAlreadyRegistered")
	m.newKey()
	wants(t, m.register(id, code), "RegistrationLimitExceeded")

	register := func(key, kind string) answer {
		return send(t, newRequest(t, srv.URL()+"/", "AmazonSSM.RegisterManagedInstance", bytes.NewReader(body(t, map[string]any{
			"ActivationCode": code, "ActivationId": id, "Fingerprint": "f", "PublicKey": key, "PublicKeyType": kind,
		}))))
	}
	good := m.newKey()
	wants(t, register(good, "Ecdsa"), "InvalidPublicKey")
	wants(t, register(strings.Replace(good, "A", "B", 1), "Rsa"), "InvalidPublicKey")
	wants(t, register(good[:391], "Rsa"), "ValidationException")

	late, lateCode := activate(t, srv, 1)
	gone, goneCode := activate(t, srv, 1)
	wants(t, administrator(t, srv).call("DeleteActivation", map[string]any{"ActivationId": gone}), "")
	wants(t, m.register(gone, goneCode), "InvalidActivation")
	wants(t, administrator(t, srv).call("DeleteActivation", map[string]any{"ActivationId": gone}), "InvalidActivationId")
	srv.Advance(24*time.Hour + time.Second)
	wants(t, m.register(late, "wrong-code-of-some-length"), "InvalidActivation")
	wants(t, m.register(late, lateCode), "ActivationExpired")
}

// TestLastRegistrationGoesToOne has many machines want the last place of an activation.
func TestLastRegistrationGoesToOne(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	id, code := activate(t, srv, 3)
	machines := make([]*machine, 8)
	for i := range machines {
		machines[i] = newMachine(t, srv)
	}
	codes := make([]string, len(machines))
	var all sync.WaitGroup
	for i, m := range machines {
		all.Go(func() { codes[i] = m.register(id, code).code })
	}
	all.Wait()
	slices.Sort(codes)
	want := append([]string{"", "", ""}, slices.Repeat([]string{"RegistrationLimitExceeded"}, 5)...)
	if !slices.Equal(codes, want) {
		t.Errorf("answered %q", codes)
	}
}

func TestFingerprintMustMatch(t *testing.T) {
	t.Parallel()
	m := registered(t, mustertest.New(t, nil))
	m.fingerprint = "another"
	wants(t, m.token(), "MachineFingerprintDoesNotMatch")
}

func TestSessionIsForOneRegion(t *testing.T) {
	t.Parallel()
	m := registered(t, mustertest.New(t, nil))
	m.region = "us-east-1"
	wants(t, m.put(), "UnrecognizedClientException")
	wants(t, m.token(), "InvalidSignatureException")
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	m := registered(t, srv)
	srv.Advance(59 * time.Minute)
	wants(t, m.put(), "")
	srv.Advance(time.Minute)
	wants(t, m.put(), "ExpiredTokenException")
	wants(t, m.token(), "")
	wants(t, m.put(), "")
}

func TestDeregisteredNodeIsLockedOut(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	m := registered(t, srv)
	wants(t, m.put(), "")
	admin := administrator(t, srv)
	wants(t, admin.call("DeregisterManagedInstance", map[string]any{"InstanceId": m.node}), "")
	for range 2 {
		wants(t, m.put(), "AccessDeniedException")
		wants(t, m.token(), "AccessDeniedException")
		wants(t, admin.call("DeregisterManagedInstance", map[string]any{"InstanceId": m.node}), "InvalidInstanceId")
		if got := status(t, admin, m.node); got != "Terminated" {
			t.Errorf("shown as %s", got)
		}
		srv.Restart()
	}
	entries := admin.call("ListInventoryEntries", map[string]any{"InstanceId": m.node, "TypeName": "AWS:Network"})
	if rows, _ := entries.members["Entries"].([]any); len(rows) != 1 {
		t.Errorf("the data have become %v", entries.members)
	}
	id, code := activate(t, srv, 1)
	wants(t, m.register(id, code), "PublicKeyAlreadyRegistered")
	former := m.node
	m.newKey()
	wants(t, m.register(id, code), "")
	wants(t, m.token(), "")
	wants(t, m.put(), "")
	if m.node == former {
		t.Error("the new node has the former one's id")
	}
	srv.Advance(31 * 24 * time.Hour)
	if got := status(t, admin, former); got != "" {
		t.Errorf("a month later the former node is shown as %s", got)
	}
	if got := status(t, admin, m.node); got != "ConnectionLost" {
		t.Errorf("a month later a registered node is shown as %q", got)
	}
	wants(t, m.token(), "")
}

// info gives AWS:InstanceInformation of the node, nil if there is none.
func info(t testing.TB, admin *machine, node string) map[string]any {
	t.Helper()
	a := admin.call("GetInventory", map[string]any{"Filters": []any{map[string]any{"Key": "AWS:InstanceInformation.InstanceId", "Values": []string{node}}}})
	wants(t, a, "")
	entities := a.members["Entities"].([]any)
	if len(entities) == 0 {
		return nil
	}
	data := entities[0].(map[string]any)["Data"].(map[string]any)["AWS:InstanceInformation"].(map[string]any)
	return data["Content"].([]any)[0].(map[string]any)
}

func status(t testing.TB, admin *machine, node string) string {
	t.Helper()
	s, _ := info(t, admin, node)["InstanceStatus"].(string)
	return s
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	m := registered(t, srv)
	admin := administrator(t, srv)
	wants(t, send(t, admin.bySession("Muster.RotateNodeKey", body(t, map[string]any{"InstanceId": m.node}))), "")
	for range 2 { // a machine that does not do it is told again
		if a := m.token(); a.members["UpdateKeyPair"] != true {
			t.Fatalf("the token has %v", a.members)
		}
		srv.Restart()
	}
	former := m.key
	r := m.byKey // signed with the former key
	replacement := newMachine(t, srv)
	wants(t, send(t, r("AmazonSSM.UpdateManagedInstancePublicKey", map[string]any{
		"NewPublicKey": publicKeyOf(t, replacement.key), "NewPublicKeyType": "Rsa",
	})), "")
	wants(t, m.token(), "InvalidSignatureException")
	m.key = replacement.key
	wants(t, m.put(), "") // the session goes on
	srv.Restart()
	a := m.token()
	wants(t, a, "")
	if a.members["UpdateKeyPair"] != false {
		t.Errorf("after the change the token has %v", a.members)
	}
	m.key = former
	wants(t, m.token(), "InvalidSignatureException")
	wants(t, send(t, admin.bySession("Muster.RotateNodeKey", body(t, map[string]any{"InstanceId": "mi-00000000000000000"}))), "InvalidInstanceId")
}

func TestCloneIsSuspected(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	admin := administrator(t, srv)
	suspected := func(m *machine) bool { return info(t, admin, m.node)["SuspectedClone"] == "true" }
	first, second := registered(t, srv), registered(t, srv) // of one fingerprint
	if first.node == second.node {
		t.Fatal("two machines are one node")
	}
	for range 2 {
		for _, m := range []*machine{first, second} {
			wants(t, m.token(), "")
			wants(t, m.put(), "")
			if !suspected(m) {
				t.Errorf("%s is shown as %v", m.node, info(t, admin, m.node))
			}
		}
		srv.Restart()
	}
	wants(t, admin.call("DeregisterManagedInstance", map[string]any{"InstanceId": first.node}), "")
	for _, m := range []*machine{first, second} {
		if suspected(m) {
			t.Errorf("with the other gone %s is shown as %v", m.node, info(t, admin, m.node))
		}
	}
}

// TestEveryTamperedByteOfTheAgentIsRefused changes each byte that says something, of a call with each kind of signature.
func TestEveryTamperedByteOfTheAgentIsRefused(t *testing.T) {
	t.Parallel()
	srv := mustertest.New(t, nil)
	m := registered(t, srv)
	item := map[string]any{"InstanceId": m.node, "Items": []any{map[string]any{
		"TypeName": "AWS:Network", "SchemaVersion": "1.0", "CaptureTime": "2026-01-02T03:04:05Z", "Content": []any{},
	}}}
	for name, make := range map[string]func() *http.Request{
		"private key": func() *http.Request {
			return m.byKey("AmazonSSM.RequestManagedInstanceRoleToken", map[string]any{"Fingerprint": m.fingerprint})
		},
		"session": func() *http.Request { return m.bySession("AmazonSSM.PutInventory", body(t, item)) },
	} {
		original := make()
		payload, err := io.ReadAll(original.Body)
		if err != nil {
			t.Fatal(err)
		}
		request := func() *http.Request {
			r := original.Clone(t.Context())
			r.Body = io.NopCloser(bytes.NewReader(payload))
			return r
		}
		wants(t, send(t, request()), "")
		for _, header := range []string{"Authorization", "X-Amz-Date", "X-Amz-Target", "Content-Type", "X-Amz-Security-Token", "X-Amz-Content-Sha256"} {
			genuine := original.Header.Get(header)
			for i := range genuine {
				r := request()
				altered := []byte(genuine)
				altered[i] ^= 1
				if altered[i] < ' ' || altered[i] > '~' {
					continue
				}
				r.Header.Set(header, string(altered))
				if a := send(t, r); a.status == 200 && !bytes.Equal(bytes.Trim(altered[i:i+1], ", !-"), []byte{}) {
					t.Errorf("%s: %s with byte %d changed to %q was accepted: %s", name, header, i, altered[i], altered)
				}
			}
		}
		for i := range payload {
			r := request()
			altered := bytes.Clone(payload)
			altered[i] ^= 1
			r.Body = io.NopCloser(bytes.NewReader(altered))
			if a := send(t, r); a.status == 200 {
				t.Errorf("%s: byte %d of the body changed, and accepted", name, i)
			}
		}
	}
}
