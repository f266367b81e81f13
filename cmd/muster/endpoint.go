package main

import (
	"cmp"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"muster/internal/client"
)

// endpointFlags say which server to call, and as whom.
type endpointFlags struct{ endpoint, region, profile, data string }

func (f *endpointFlags) add(p *pflag.FlagSet) {
	p.StringVar(&f.endpoint, "endpoint-url", "", "`URL` of the server (default $AWS_ENDPOINT_URL, else http://127.0.0.1:8181)")
	p.StringVar(&f.profile, "profile", "", "`name` of the profile of AWS's files to use")
	p.StringVar(&f.data, "data", "", "data `directory` whose credentials file to use (default muster-data, if the environment names no keys)")
}

func (f *endpointFlags) addRegion(p *pflag.FlagSet) {
	p.StringVar(&f.region, "region", "", "`region` that the nodes belong to (default $AWS_REGION, else us-east-1)")
}

func (f *endpointFlags) client() (*client.Client, error) {
	c, err := f.config()
	if err != nil {
		return nil, err
	}
	return client.New(c)
}

// config says whom to call and by which key.
func (f *endpointFlags) config() (client.Config, error) {
	c, err := f.server()
	if err != nil {
		return c, err
	}
	if !f.ownKey() {
		return c.FromEnvironment(f.getenv)
	}
	if c.Credentials, err = client.LoadCredentials(credentialsFile(cmp.Or(f.data, "muster-data")), ""); err != nil {
		return c, fmt.Errorf("no administrator's key: %w; name its data directory with --data, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", err)
	}
	return c, nil
}

// server says whom to call: as the environment says and, where it says nothing, what muster serve starts by default.
func (f *endpointFlags) server() (client.Config, error) {
	c, err := client.Config{Endpoint: f.endpoint, Region: f.region, Version: version()}.ServerFromEnvironment(f.getenv)
	c.Endpoint = cmp.Or(c.Endpoint, "http://127.0.0.1:8181")
	c.Region = cmp.Or(c.Region, "us-east-1")
	return c, err
}

// ownKey says whether the key is that of a data directory. That there is a ~/.aws/credentials is no choice of another: those keys
// are most often AWS's.
func (f *endpointFlags) ownKey() bool {
	named := cmp.Or(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), os.Getenv("AWS_PROFILE"))
	return f.profile == "" && (f.data != "" || named == "")
}

// getenv is the environment as far as it counts: a profile that is named goes before keys, as with AWS's CLI, and ~/.aws/config is
// about the keys beside it.
func (f *endpointFlags) getenv(name string) string {
	switch name {
	case "AWS_PROFILE":
		return cmp.Or(f.profile, os.Getenv(name))
	case "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN":
		if f.profile != "" {
			return ""
		}
	case "AWS_CONFIG_FILE":
		if f.ownKey() {
			return os.DevNull
		}
	}
	return os.Getenv(name)
}
