package muster

import "time"

// Activation lets machines register with its id and its code, of which the hash alone is kept.
type Activation struct {
	CodeHash    []byte    `json:"codeHash"` // SHA-256: the code is random, and too long to be found by trying
	Role        string    `json:"role"`     // the IamRole of the nodes
	NodeName    string    `json:"nodeName,omitempty"`
	Description string    `json:"description,omitempty"`
	Tags        []Tag     `json:"tags,omitempty"` // of the nodes
	Limit       int       `json:"limit"`          // how many nodes may register
	Registered  int       `json:"registered"`     // how many have
	Created     time.Time `json:"created"`
	Expires     time.Time `json:"expires"`
}
