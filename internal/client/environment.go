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

// FromEnvironment fills in what c leaves empty, as AWS's tools do: whom to call
// as [Config.ServerFromEnvironment] does, and the key from AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else from the profile AWS_PROFILE
// of the file AWS_SHARED_CREDENTIALS_FILE, ~/.aws/credentials if not set.
// Nothing found is no error here: [New] names what is missing.
func (c Config) FromEnvironment(getenv func(name string) string) (Config, error) {
	c, err := c.ServerFromEnvironment(getenv)
	if err != nil || c.Credentials != (sigv4.Credentials{}) {
		return c, err
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

	profile := getenv("AWS_PROFILE")
	wanted := getenv("AWS_SHARED_CREDENTIALS_FILE") != "" || profile != ""
	c.Credentials, err = LoadCredentials(awsFile(getenv, "AWS_SHARED_CREDENTIALS_FILE", "credentials"), profile)
	if !wanted && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNoProfile)) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("the key of a profile: %w", err)
	}
	return c, nil
}

// ServerFromEnvironment fills in whom to call: the endpoint from
// AWS_ENDPOINT_URL_SSM or AWS_ENDPOINT_URL, the region from AWS_REGION or
// AWS_DEFAULT_REGION, and the CA bundle from AWS_CA_BUNDLE; else from
// endpoint_url (that for ssm of the profile's services first), region and
// ca_bundle of the profile AWS_PROFILE in the file AWS_CONFIG_FILE,
// ~/.aws/config if not set. That there is no such file or profile is no error.
func (c Config) ServerFromEnvironment(getenv func(name string) string) (Config, error) {
	sections, err := readSections(awsFile(getenv, "AWS_CONFIG_FILE", "config"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	profile := cmp.Or(getenv("AWS_PROFILE"), defaultProfile)
	settings, ok := sections["profile "+profile]
	if !ok && profile == defaultProfile {
		settings = sections[defaultProfile]
	}
	services := sections["services "+settings["services"]]
	c.Endpoint = cmp.Or(c.Endpoint, getenv("AWS_ENDPOINT_URL_SSM"), getenv("AWS_ENDPOINT_URL"), services["ssm.endpoint_url"], settings["endpoint_url"])
	c.Region = cmp.Or(c.Region, getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"), settings["region"])
	c.CABundle = cmp.Or(c.CABundle, getenv("AWS_CA_BUNDLE"), settings["ca_bundle"])
	return c, nil
}

// awsFile is the path in a variable, else that of a file in ~/.aws.
func awsFile(getenv func(name string) string, variable, name string) string {
	return cmp.Or(getenv(variable), filepath.Join(cmp.Or(getenv("HOME"), getenv("USERPROFILE")), ".aws", name))
}

// readSections reads a file of AWS's tools: the settings of each section, their
// names in lower case. One that is indented below another without a value is a
// part of that: "ssm.endpoint_url".
func readSections(path string) (map[string]map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	sections := map[string]map[string]string{}
	var settings map[string]string // of the section, nil before the first
	var above string               // the name whose parts may follow
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if section, ok := strings.CutPrefix(line, "["); ok {
			section, _, _ = strings.Cut(section, "]")
			section = strings.Join(strings.Fields(section), " ")
			if sections[section] == nil {
				sections[section] = map[string]string{}
			}
			settings, above = sections[section], ""
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || settings == nil || strings.ContainsAny(line[:1], "#;") {
			continue
		}
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch indented := strings.ContainsAny(lines.Text()[:1], " \t"); {
		case indented && above != "":
			name = above + "." + name
		case value == "":
			above = name
		default:
			above = ""
		}
		settings[name] = value
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return sections, nil
}
