package client

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"muster/internal/sigv4"
)

// defaultProfile is the one that AWS's tools use when none is named.
const defaultProfile = "default"

// FromEnvironment fills in what c leaves empty, as AWS's tools do: from
// AWS_ENDPOINT_URL_SSM or AWS_ENDPOINT_URL; from AWS_REGION or
// AWS_DEFAULT_REGION; from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
// AWS_SESSION_TOKEN, else from the profile AWS_PROFILE of the file
// AWS_SHARED_CREDENTIALS_FILE, ~/.aws/credentials if not set; and the CA bundle
// from AWS_CA_BUNDLE. Nothing found is no error here: [New] names what is
// missing.
func (c Config) FromEnvironment(getenv func(name string) string) (Config, error) {
	c.Endpoint = cmp.Or(c.Endpoint, getenv("AWS_ENDPOINT_URL_SSM"), getenv("AWS_ENDPOINT_URL"))
	c.Region = cmp.Or(c.Region, getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"))
	c.CABundle = cmp.Or(c.CABundle, getenv("AWS_CA_BUNDLE"))
	if c.Credentials != (sigv4.Credentials{}) {
		return c, nil
	}

	c.Credentials = sigv4.Credentials{
		AccessKeyID:     getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    getenv("AWS_SESSION_TOKEN"),
	}
	if c.Credentials.AccessKeyID != "" {
		if c.Credentials.SecretAccessKey == "" {
			return c, errors.New("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")
		}
		return c, nil
	}

	path, profile := getenv("AWS_SHARED_CREDENTIALS_FILE"), getenv("AWS_PROFILE")
	wanted := path != "" || profile != ""
	if path == "" {
		path = filepath.Join(cmp.Or(getenv("HOME"), getenv("USERPROFILE")), ".aws", "credentials")
	}
	var err error
	c.Credentials, err = LoadCredentials(path, cmp.Or(profile, defaultProfile))
	if !wanted && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNoProfile)) {
		return c, nil
	}
	return c, err
}

// ErrNoProfile is a credentials file without the profile that was asked for.
var ErrNoProfile = errors.New("no such profile")

// LoadCredentials reads one profile of a shared credentials file of AWS's
// tools; profile "" is "default".
func LoadCredentials(path, profile string) (sigv4.Credentials, error) {
	profile = cmp.Or(profile, defaultProfile)
	file, err := os.Open(path)
	if err != nil {
		return sigv4.Credentials{}, err
	}
	defer file.Close()

	var creds sigv4.Credentials
	var found, inside bool
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if section, ok := strings.CutPrefix(line, "["); ok {
			section, _, _ = strings.Cut(section, "]")
			inside = strings.TrimSpace(section) == profile
			found = found || inside
			continue
		}
		if !inside {
			continue
		}
		name, value, _ := strings.Cut(line, "=") // a comment's name is none of these
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "aws_access_key_id":
			creds.AccessKeyID = value
		case "aws_secret_access_key":
			creds.SecretAccessKey = value
		case "aws_session_token":
			creds.SessionToken = value
		}
	}
	if err := lines.Err(); err != nil {
		return sigv4.Credentials{}, fmt.Errorf("read %s: %w", path, err)
	}
	if !found {
		return sigv4.Credentials{}, fmt.Errorf("%s: profile %q: %w", path, profile, ErrNoProfile)
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
