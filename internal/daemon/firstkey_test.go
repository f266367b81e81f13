package daemon

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"muster"
	"muster/internal/client"
	"muster/internal/fleet"
	"muster/internal/sigv4"
)

func TestFirstKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	first := start(t, Config{})
	written, err := client.LoadCredentials(first.Credentials, "")
	if err != nil {
		t.Fatal(err)
	}
	if written != first.Admin || first.Credentials == "" {
		t.Errorf("the file has %v, not %v", written.AccessKeyID, first.Admin.AccessKeyID)
	}
	if info, err := os.Stat(first.Credentials); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v (%v)", info.Mode(), err)
	}
	if err := put(t, first, written); err != nil {
		t.Error(err)
	}
	first.stop()
	again := start(t, Config{Data: filepath.Dir(first.Credentials)})
	if again.Admin != first.Admin {
		t.Errorf("the next start has the key %v, not %v", again.Admin.AccessKeyID, first.Admin.AccessKeyID)
	}
	if ids := again.Fleet.AccessKeys(defaultAccount); len(ids) != 1 {
		t.Errorf("there are the keys %v", ids)
	}
}

// TestFirstKeyAfterACrash finds a file whose key the store did not live to learn.
func TestFirstKeyAfterACrash(t *testing.T) {
	t.Parallel()
	config := quiet(t, Config{})
	id, secret := fleet.NewAccessKey()
	key := sigv4.Credentials{AccessKeyID: id, SecretAccessKey: secret}
	if err := client.WriteCredentials(filepath.Join(config.Data, "credentials"), "", key); err != nil {
		t.Fatal(err)
	}
	d := start(t, config)
	if d.Admin != key {
		t.Errorf("the key is %v, not %v", d.Admin.AccessKeyID, id)
	}
	if err := put(t, d, key); err != nil {
		t.Error(err)
	}
}

// TestFirstKeyThatIsGone is not brought back: neither a revoked key from its file, nor a file that somebody took away.
func TestFirstKeyThatIsGone(t *testing.T) {
	t.Parallel()
	first := start(t, Config{})
	dir := filepath.Dir(first.Credentials)
	id, secret := fleet.NewAccessKey()
	other := sigv4.Credentials{AccessKeyID: id, SecretAccessKey: secret}
	err := errors.Join(
		first.Fleet.SetAccessKey(t.Context(), id, muster.AccessKey{Secret: secret, Account: defaultAccount, Role: muster.RoleAdmin}),
		first.Fleet.RevokeAccessKey(t.Context(), defaultAccount, first.Admin.AccessKeyID))
	if err != nil {
		t.Fatal(err)
	}
	first.stop()

	again := start(t, Config{Data: dir})
	if err := put(t, again, first.Admin); refusedAs(err) != muster.CodeUnrecognizedClient {
		t.Error("the revoked key: ", err)
	}
	if err := put(t, again, other); err != nil {
		t.Error("the other administrator: ", err)
	}
	again.stop()

	if err := os.Remove(first.Credentials); err != nil {
		t.Fatal(err)
	}
	without := start(t, Config{Data: dir})
	if _, err := os.Stat(first.Credentials); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a file was written: ", err)
	}
	if ids := without.Fleet.AccessKeys(defaultAccount); len(ids) != 1 || ids[0] != id {
		t.Errorf("there are the keys %v, not %s alone", ids, id)
	}
}

// TestFirstKeyGiven is the administrator's at every start, with the secret of that start.
func TestFirstKeyGiven(t *testing.T) {
	t.Parallel()
	config := quiet(t, Config{FirstKey: sigv4.Credentials{AccessKeyID: "AKIAGIVEN", SecretAccessKey: "one"}})
	for _, secret := range []string{"one", "one", "two"} {
		former := config.FirstKey
		config.FirstKey.SecretAccessKey = secret
		d := start(t, config)
		if d.Credentials != "" {
			t.Error("there is a file: ", d.Credentials)
		}
		if err := put(t, d, config.FirstKey); err != nil {
			t.Errorf("secret %s: %v", secret, err)
		}
		if err := put(t, d, former); former != config.FirstKey && refusedAs(err) != muster.CodeInvalidSignature {
			t.Errorf("the secret before %s: %v", secret, err)
		}
		if _, err := os.Stat(filepath.Join(config.Data, "credentials")); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a file was written: ", err)
		}
		d.stop()
	}
}

func refusedAs(err error) muster.Code {
	if refused, ok := errors.AsType[*client.Error](err); ok {
		return refused.Code
	}
	return ""
}
