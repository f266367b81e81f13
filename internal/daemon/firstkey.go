package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"muster"
	"muster/internal/client"
	"muster/internal/fleet"
	"muster/internal/sigv4"
)

// firstKey makes sure that there is an administrator: the one that was given, else one that the store knows, else a new one,
// whose key is written to the data directory before the store learns it. A crash between the two leaves a file, and the next
// start takes the key from there.
func (d *Daemon) firstKey(ctx context.Context, c Config) error {
	if c.FirstKey != (sigv4.Credentials{}) {
		d.Admin = c.FirstKey
		return d.ensureAdmin(ctx, c)
	}
	d.Credentials = filepath.Join(c.Data, "credentials")
	written, err := client.LoadCredentials(d.Credentials, "")
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return fmt.Errorf("read the administrator's key: %w", err)
	}
	d.Admin = written
	if d.hasAdmin(c.Account) {
		return nil // a file that is gone, or whose key was revoked, stays so
	}
	if missing {
		id, secret := fleet.NewAccessKey()
		d.Admin = sigv4.Credentials{AccessKeyID: id, SecretAccessKey: secret}
		if err := client.WriteCredentials(d.Credentials, "", d.Admin); err != nil {
			return fmt.Errorf("write the administrator's key: %w", err)
		}
	}
	return d.ensureAdmin(ctx, c)
}

func (d *Daemon) hasAdmin(account muster.AccountID) bool {
	for _, id := range d.Fleet.AccessKeys(account) {
		if k, ok := d.Fleet.Lookup(id); ok && k.Role == muster.RoleAdmin {
			return true
		}
	}
	return false
}

// ensureAdmin stores d.Admin's key as an administrator's, if it is not that already.
func (d *Daemon) ensureAdmin(ctx context.Context, c Config) error {
	k, ok := d.Fleet.Lookup(d.Admin.AccessKeyID)
	if ok && k.Secret == d.Admin.SecretAccessKey && k.Role == muster.RoleAdmin {
		return nil
	}
	err := d.Fleet.SetAccessKey(ctx, d.Admin.AccessKeyID, muster.AccessKey{
		Secret: d.Admin.SecretAccessKey, Account: c.Account, Role: muster.RoleAdmin, Comment: "first administrator", Created: c.Now(),
	})
	if err != nil {
		return fmt.Errorf("store the administrator's key: %w", err)
	}
	return nil
}
