package collect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"muster"
)

// Machine ids are not to be told to others as they are, says machine-id(5): they are hashed with a key of the application.
// Changing these keys gives every host another name.
const (
	nodeKey     = "muster node id 1"
	reporterKey = "muster reporter 1"
)

// NodeID names the host: "mi-" and 17 hex digits that are the same for the same machine id and salt. The salt is empty, save
// on a host that has to be told from others with its machine id.
func NodeID(machineID, salt string) muster.NodeID {
	return muster.NodeID("mi-" + keyedHash(nodeKey, machineID, salt)[:17])
}

// Fingerprint tells two hosts apart that report under one node id because one is a copy of the other: it is made from what
// copies seldom share, the physical network addresses and the name. Not from the mainboard's id, which only root can read:
// the same host would look like two.
func (h Host) Fingerprint() string {
	return keyedHash(reporterKey, strings.Join(h.physicalMACs(), " "), h.Name)[:32]
}

func keyedHash(key string, parts ...string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(mac.Sum(nil))
}
