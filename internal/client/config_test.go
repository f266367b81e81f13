package client

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"muster/internal/sigv4"
)

func TestNewRefuses(t *testing.T) {
	good := Config{Endpoint: "https://muster.test", Region: "local", Credentials: sigv4.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Config){
		"no endpoint":               func(c *Config) { c.Endpoint = "" },
		"no region":                 func(c *Config) { c.Region = "" },
		"no credentials":            func(c *Config) { c.Credentials.SecretAccessKey = "" },
		"first path segment":        func(c *Config) { c.Endpoint = "127.0.0.1:8765" },
		"want http://HOST:PORT":     func(c *Config) { c.Endpoint = "ftp://muster.test" },
		`endpoint "http://"`:        func(c *Config) { c.Endpoint = "http://" },
		`endpoint "localhost:8765"`: func(c *Config) { c.Endpoint = "localhost:8765" },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

const sharedFile = `# made by hand
[default]
aws_access_key_id=AKIDEFAULT
AWS_SECRET_ACCESS_KEY =  a+b/c=d#e
region = eu-west-1

[ ops ]
; aws_access_key_id = AKOLD
aws_access_key_id = AKOPS
aws_secret_access_key = s
aws_session_token = t==
[half]
aws_access_key_id = AKHALF
`

const configFile = `[default]
region = default-1
[profile work]
endpoint_url = http://work
Region=work-1
[ profile  ops ]
region = ops-1
s3 =
  region = no-1
# services = none
services = local
endpoint_url = http://ops
[services local]
s3 =
  endpoint_url = http://ops-s3
ssm =
  endpoint_url = http://ops-ssm
`

func writeShared(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadCredentials(t *testing.T) {
	for _, text := range []string{sharedFile, strings.ReplaceAll(sharedFile, "\n", "\r\n")} {
		path := writeShared(t, text)
		def := sigv4.Credentials{AccessKeyID: "AKIDEFAULT", SecretAccessKey: "a+b/c=d#e"}
		for profile, want := range map[string]sigv4.Credentials{
			"": def, "default": def, "ops": {AccessKeyID: "AKOPS", SecretAccessKey: "s", SessionToken: "t=="},
		} {
			if got, err := LoadCredentials(path, profile); err != nil || got != want {
				t.Errorf("%q: %+v, %v", profile, got, err)
			}
		}
		if _, err := LoadCredentials(path, "nobody"); !errors.Is(err, ErrNoProfile) {
			t.Error(err)
		}
		if _, err := LoadCredentials(path, "half"); err == nil || errors.Is(err, ErrNoProfile) {
			t.Error(err)
		}
	}
	if _, err := LoadCredentials(filepath.Join(t.TempDir(), "none"), ""); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestFromEnvironment(t *testing.T) {
	shared := writeShared(t, sharedFile)
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteCredentials(filepath.Join(home, ".aws", "credentials"), "work", sigv4.Credentials{AccessKeyID: "AKHOME", SecretAccessKey: "h"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(configFile), 0o600); err != nil {
		t.Fatal(err)
	}
	explicit := Config{Endpoint: "http://flag", Region: "flag-1", Credentials: sigv4.Credentials{AccessKeyID: "AKFLAG", SecretAccessKey: "f"}}
	full := map[string]string{
		"AWS_ENDPOINT_URL_SSM": "http://ssm", "AWS_ENDPOINT_URL": "http://any", "AWS_REGION": "r-1", "AWS_DEFAULT_REGION": "d-1",
		"AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": "e", "AWS_SESSION_TOKEN": "t",
		"AWS_SHARED_CREDENTIALS_FILE": shared, "AWS_PROFILE": "ops",
	}
	for _, test := range []struct {
		name  string
		given Config
		env   map[string]string
		want  string // endpoint region key token, or part of an error
	}{
		{"flags win", explicit, full, "http://flag flag-1 AKFLAG "},
		{"keys win over a profile", Config{}, full, "http://ssm r-1 AKENV t"},
		{"second names", Config{}, map[string]string{"AWS_ENDPOINT_URL": "http://any", "AWS_DEFAULT_REGION": "d-1"}, "http://any d-1  "},
		{"file", Config{}, map[string]string{"AWS_SHARED_CREDENTIALS_FILE": shared}, "  AKIDEFAULT "},
		{"file and profile", Config{}, map[string]string{"AWS_SHARED_CREDENTIALS_FILE": shared, "AWS_PROFILE": "ops"}, "  AKOPS t=="},
		{"home", Config{}, map[string]string{"HOME": home, "AWS_PROFILE": "work"}, "http://work work-1 AKHOME "},
		{"home on Windows", Config{}, map[string]string{"USERPROFILE": home, "AWS_PROFILE": "work"}, "http://work work-1 AKHOME "},
		{"home without default", Config{}, map[string]string{"HOME": home}, " default-1  "},
		{"variables win over a profile", Config{}, map[string]string{"HOME": home, "AWS_PROFILE": "work", "AWS_ENDPOINT_URL": "http://any", "AWS_REGION": "r-1"}, "http://any r-1 AKHOME "},
		{"services", Config{}, map[string]string{"HOME": home, "AWS_PROFILE": "ops", "AWS_SHARED_CREDENTIALS_FILE": shared}, "http://ops-ssm ops-1 AKOPS t=="},
		{"another configuration", Config{}, map[string]string{"AWS_CONFIG_FILE": filepath.Join(home, ".aws", "config")}, " default-1  "},
		{"nothing", Config{}, map[string]string{"HOME": t.TempDir()}, "   "},
		{"no such profile", Config{}, map[string]string{"HOME": home, "AWS_PROFILE": "play"}, `profile "play": no such profile`},
		{"no such file", Config{}, map[string]string{"AWS_SHARED_CREDENTIALS_FILE": home + "/none"}, "none"},
		{"half a key", Config{}, map[string]string{"AWS_ACCESS_KEY_ID": "AKENV"}, "without AWS_SECRET_ACCESS_KEY"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := test.given.FromEnvironment(func(name string) string { return test.env[name] })
			if err != nil {
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %s", err, test.want)
				}
				return
			}
			got := strings.Join([]string{c.Endpoint, c.Region, c.Credentials.AccessKeyID, c.Credentials.SessionToken}, " ")
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestWriteCredentials(t *testing.T) {
	path := writeShared(t, sharedFile)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	want := sigv4.Credentials{AccessKeyID: "AKNEW", SecretAccessKey: "s/+=", SessionToken: "t=="}
	for _, profile := range []string{"", "muster"} {
		if err := WriteCredentials(path, profile, want); err != nil {
			t.Fatal(err)
		}
		if got, err := LoadCredentials(path, profile); err != nil || got != want {
			t.Errorf("%q: %+v, %v", profile, got, err)
		}
	}
	if _, err := LoadCredentials(path, "ops"); !errors.Is(err, ErrNoProfile) {
		t.Errorf("the old file's profile: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := WriteCredentials(path, "x]\n[default", want); err == nil {
		t.Error("wrote a profile that is two")
	}
	// A directory in the way: nothing may be left behind.
	taken := filepath.Join(t.TempDir(), "credentials")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteCredentials(taken, "", want); err == nil {
		t.Error("replaced a directory")
	}
	if left, err := os.ReadDir(filepath.Dir(taken)); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}
