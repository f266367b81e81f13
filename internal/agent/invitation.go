package agent

import (
	"errors"
	"net/url"
	"strings"
)

// Invitation is what machines need to register themselves: where the server is, and an activation there.
type Invitation struct {
	URL, Region string // the URL as ServerURL gives it
	ID, Code    string
}

// Way is one way to take an invitation up.
type Way struct {
	Title string // the platform, the agent, and as whom
	Lines string // to paste on the machine
}

// Ways gives them for each platform, amazon-ssm-agent's first. docs/move-your-fleet.md says what the lines do.
func (i Invitation) Ways() []Way {
	config := "'" + i.config() + "'"
	register := "-register -y -code " + i.Code + " -id " + i.ID + " -region " + i.Region
	return []Way{
		{"Linux, amazon-ssm-agent from a deb or rpm package, as root", lines(
			"mkdir -p /etc/amazon/ssm",
			"echo "+config+" >/etc/amazon/ssm/amazon-ssm-agent.json",
			"systemctl stop amazon-ssm-agent",
			"amazon-ssm-agent "+register,
			"systemctl start amazon-ssm-agent",
		)},
		{"Windows, amazon-ssm-agent, in PowerShell as an administrator", lines(
			`$dir = "$env:ProgramFiles\Amazon\SSM"`,
			`Set-Content -Encoding ascii "$dir\amazon-ssm-agent.json" `+config,
			"Stop-Service AmazonSSMAgent",
			`& "$dir\amazon-ssm-agent.exe" `+register,
			"Start-Service AmazonSSMAgent",
		)},
		{"macOS, amazon-ssm-agent, as root", lines(
			"echo "+config+" >/opt/aws/ssm/amazon-ssm-agent.json",
			"launchctl unload /Library/LaunchDaemons/com.amazon.aws.ssm.plist",
			"/opt/aws/ssm/bin/amazon-ssm-agent "+register,
			"launchctl load -w /Library/LaunchDaemons/com.amazon.aws.ssm.plist",
		)},
		{"Any of them, muster's own agent",
			"muster enroll --endpoint " + i.URL + " --region " + i.Region + " --code " + i.Code + " --id " + i.ID},
	}
}

func lines(texts ...string) string { return strings.Join(texts, "\n") }

// config is amazon-ssm-agent's configuration. Each of its services has an endpoint of its own, and without one it calls AWS; that of
// the third is always called by TLS, and ignored without a scheme.
func (i Invitation) config() string {
	return `{"Ssm":{"Endpoint":"` + i.URL + `"},"Mds":{"Endpoint":"` + i.URL + `"},"Mgs":{"Endpoint":"` + i.URL + `"},"Identity":{"ConsumptionOrder":["OnPrem"]}}`
}

// ServerURL gives the URL under which machines reach a server in one spelling. It refuses one that a shell or JSON would take for
// anything but text.
func ServerURL(text string) (string, error) {
	text = strings.TrimRight(text, "/")
	u, err := url.Parse(text)
	plain := strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/[]") == ""
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || !plain {
		return "", errors.New("the URL of a server is http or https, a host, and perhaps a port, such as https://muster.example:8181")
	}
	return text, nil
}
