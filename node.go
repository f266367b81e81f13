package muster

import (
	"slices"
	"strings"
	"time"
)

// NodeID names a machine: "i-" and 8 or 17 word characters for an EC2 instance, "mi-" and 17 for any other managed node.
type NodeID string

// Valid says whether it has the form of a node's name.
func (n NodeID) Valid() bool {
	digits, managed := strings.CutPrefix(string(n), "mi-")
	if !managed {
		digits = strings.TrimPrefix(string(n), "i-")
	}
	word := func(c rune) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }
	length := len(digits) == 17 || len(digits) == 8 && !managed
	return len(digits) < len(n) && length && !strings.ContainsFunc(digits, func(c rune) bool { return !word(c) })
}

// ResourceType is the word that AWS:InstanceInformation has for the node's kind.
func (n NodeID) ResourceType() string {
	if strings.HasPrefix(string(n), "mi-") {
		return "ManagedInstance"
	}
	return "EC2Instance"
}

// ARN is how access errors name the node: AWS gives an EC2 instance's own ARN, and SSM's for the others.
func (n NodeID) ARN(s Space) string {
	service, kind := "ec2", "instance"
	if strings.HasPrefix(string(n), "mi-") {
		service, kind = "ssm", "managed-instance"
	}
	return "arn:aws:" + service + ":" + string(s.Region) + ":" + string(s.Account) + ":" + kind + "/" + string(n)
}

// InstanceStatus is the attribute InstanceStatus of AWS:InstanceInformation.
type InstanceStatus string

// The statuses that AWS documents for AWS:InstanceInformation.
const (
	Active         InstanceStatus = "Active"
	ConnectionLost InstanceStatus = "ConnectionLost"
	Stopped        InstanceStatus = "Stopped"
	Terminated     InstanceStatus = "Terminated"
)

// ParseInstanceStatus folds case, as AWS's filters do, and gives the canonical word.
func ParseInstanceStatus(s string) (InstanceStatus, bool) {
	for _, known := range []InstanceStatus{Active, ConnectionLost, Stopped, Terminated} {
		if strings.EqualFold(s, string(known)) {
			return known, true
		}
	}
	return "", false
}

// Node is what is kept of a node besides its items.
type Node struct {
	Registered time.Time      `json:"registered"`
	Reported   time.Time      `json:"reported"`         // the last accepted put
	Status     InstanceStatus `json:"status,omitempty"` // as its AWS:InstanceInformation was last put; empty if none said
	Reporter   Reporter       `json:"reporter,omitzero"`
	Former     Reporter       `json:"former,omitzero"` // the reporter before this one

	// Clone is when a former reporter last came back while another was reporting: two hosts share the id.
	Clone time.Time `json:"clone,omitzero"`
	Usage Usage     `json:"usage,omitzero"`
	Ping  *Ping     `json:"ping,omitzero"` // nil if it has never pinged; never changed, but replaced

	Registration *Registration `json:"registration,omitempty"` // nil for a node that only puts
}

// LastSign is when the node was last heard of, be it that it was deregistered.
func (n *Node) LastSign() time.Time {
	signs := []time.Time{n.Registered, n.Reported}
	if n.Ping != nil {
		signs = append(signs, n.Ping.Last)
	}
	if n.Registration.Over() {
		signs = append(signs, n.Registration.Ended)
	}
	return slices.MaxFunc(signs, time.Time.Compare)
}

// Gone says whether the node was terminated or deregistered: it may do nothing any more, and its data stay until they expire.
func (n *Node) Gone() bool { return n.Status == Terminated || n.Registration.Over() }

// Ping is what a node's agent says of it by UpdateInstanceInformation, all pings taken together.
type Ping struct {
	// Last is when it last did. A ping that says nothing new is not made durable each time, so that what is stored lags by up
	// to PingLag.
	Last time.Time `json:"last"`

	Changed time.Time `json:"changed"` // when it last said something new, or came back after it had been lost

	// Info is what it said, under the names of AWS:InstanceInformation. An attribute that a ping lacks, or has empty, stays as
	// it was.
	Info Entry `json:"info"`
}

// PingLag is how far the stored time of a node's last ping may lie behind.
const PingLag = time.Hour

// Reporter is the host that reports for a node, as far as its collector tells.
type Reporter struct {
	Fingerprint string    `json:"fingerprint"`
	Last        time.Time `json:"last"`
}

// Usage is how much a node has put on one UTC day, for the daily quota.
type Usage struct {
	Day   string `json:"day"` // 2006-01-02
	Bytes int64  `json:"bytes"`
}
