package client

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"muster/internal/sigv4"
)

// defaultProfile is the one that AWS's tools use when none is named.
const defaultProfile = "default"

// ErrNoProfile is a credentials file without the profile that was asked for.
var ErrNoProfile = errors.New("no such profile")

// LoadCredentials reads one profile of a shared credentials file of AWS's
// tools; profile "" is "default".
func LoadCredentials(path, profile string) (sigv4.Credentials, error) {
	profile = cmp.Or(profile, defaultProfile)
	sections, err := readSections(path)
	if err != nil {
		return sigv4.Credentials{}, err
	}
	settings, found := sections[profile]
	if !found {
		return sigv4.Credentials{}, fmt.Errorf("%s: profile %q: %w", path, profile, ErrNoProfile)
	}
	creds := sigv4.Credentials{
		AccessKeyID: settings["aws_access_key_id"], SecretAccessKey: settings["aws_secret_access_key"], SessionToken: settings["aws_session_token"],
	}
	if creds.AccessKeyID == "" || creds.SecretAccessKey == "" {
		return sigv4.Credentials{}, fmt.Errorf("%s: profile %q lacks aws_access_key_id or aws_secret_access_key", path, profile)
	}
	return creds, nil
}

// WriteCredentials makes a file that LoadCredentials and AWS's tools read,
// with one profile, readable by its owner alone. It replaces a file that is
// there, in one step and with all its profiles: it is for files that muster
// owns, not for ~/.aws/credentials.
func WriteCredentials(path, profile string, creds sigv4.Credentials) (err error) {
	profile = cmp.Or(profile, defaultProfile)
	if strings.ContainsAny(profile+creds.AccessKeyID+creds.SecretAccessKey+creds.SessionToken, "\r\n[]") {
		return errors.New("a profile or key with a bracket or a line break does not fit a credentials file")
	}
	text := fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", profile, creds.AccessKeyID, creds.SecretAccessKey)
	if creds.SessionToken != "" {
		text += "aws_session_token = " + creds.SessionToken + "\n"
	}

	file, err := os.CreateTemp(filepath.Dir(path), ".credentials-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.WriteString(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
