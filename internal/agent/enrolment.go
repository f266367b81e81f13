package agent

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"muster"
	"muster/internal/client"
	"muster/internal/collect"
)

// Enrolment is what makes this host a node: whom it reports to, and what it proves itself with. It is one file, which a run of a
// program changes in one step, and which its owner alone can read.
type Enrolment struct {
	path string
	kept enrolled
}

// Server is where a host enrols.
type Server struct {
	Endpoint string `json:"endpoint"`
	Region   string `json:"region"`
	CABundle string `json:"caBundle,omitzero"` // absolute path
}

// enrolled is the content of the file.
type enrolled struct {
	Server
	Node muster.NodeID `json:"node,omitzero"` // none before it is registered

	// Fingerprint is made once for a host. Host is the machine id, hashed with it: a copy of the file on another host is no
	// enrolment there.
	Fingerprint string `json:"fingerprint"`
	Host        string `json:"host,omitzero"`

	// Next is the key of a change under way, which the server may have taken or not.
	Key  privateKey `json:"key,omitzero"`
	Next privateKey `json:"nextKey,omitzero"`
}

// privateKey is one in PKCS #8, DER.
type privateKey []byte

// OpenEnrolment reads the enrolment in a state directory; one that is not there is of no node yet.
func OpenEnrolment(dir string) (*Enrolment, error) {
	e := &Enrolment{path: filepath.Join(dir, "enrolment.json")}
	data, err := os.ReadFile(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &e.kept)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the enrolment %s: %w", e.path, err)
	}
	return e, nil
}

// Node is the node that the host is enrolled as, empty if it is not.
func (e *Enrolment) Node() muster.NodeID { return e.kept.Node }

// Server is where it is enrolled.
func (e *Enrolment) Server() Server { return e.kept.Server }

// Enrol registers the host by an activation of the server, which c calls, whoever c signs for. It takes the place of an earlier
// enrolment only if it succeeds.
func (e *Enrolment) Enrol(ctx context.Context, c *client.Client, server Server, machineID, activation, code string) error {
	if err := e.prepare(machineID); err != nil {
		return err
	}
	key, err := client.NewKey()
	if err != nil {
		return err
	}
	m, err := client.Register(ctx, c, activation, code, key, e.kept.Fingerprint)
	if err != nil {
		return err
	}
	after := e.kept
	after.Server, after.Node, after.Next = server, m.Node, nil
	if after.Key, err = encodeKey(key); err == nil {
		err = e.save(after)
	}
	if err != nil {
		return fmt.Errorf("%s was registered, but this host cannot keep it, so deregister it: %w", m.Node, err)
	}
	return nil
}

// Try asks for keys once, to see whether the host gets any.
func (e *Enrolment) Try(ctx context.Context, c *client.Client) error {
	m, err := e.machine(e.kept.Key)
	if err != nil {
		return err
	}
	_, err = m.RoleToken(ctx, c)
	return err
}

// prepare makes the host's fingerprint, unless there is one. It also shows whether the file can be written, before the server has
// been told of anything.
func (e *Enrolment) prepare(machineID string) error {
	if err := os.MkdirAll(filepath.Dir(e.path), 0o700); err != nil {
		return fmt.Errorf("making the state directory: %w", err)
	}
	after := e.kept
	if after.Fingerprint == "" || e.Moved(machineID) {
		after.Fingerprint = uuid.NewString()
		after.Host = hostOf(machineID, after.Fingerprint)
	}
	return e.save(after)
}

// Moved says whether the enrolment was made on another host than the one with this machine id, empty if it has none.
func (e *Enrolment) Moved(machineID string) bool {
	return e.kept.Host != "" && e.kept.Host != hostOf(machineID, e.kept.Fingerprint)
}

// hostOf hides the machine id, and differs between fingerprints.
func hostOf(machineID, fingerprint string) string {
	if machineID == "" {
		return ""
	}
	return string(collect.NodeID(machineID, fingerprint))
}

// machine is what the node signs with, by its key or by the next one.
func (e *Enrolment) machine(by privateKey) (client.Machine, error) {
	key, err := x509.ParsePKCS8PrivateKey(by)
	if err != nil {
		return client.Machine{}, fmt.Errorf("the key in %s: %w", e.path, err)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return client.Machine{}, fmt.Errorf("the key in %s is not an RSA key", e.path)
	}
	return client.Machine{Node: e.kept.Node, Key: private, Fingerprint: e.kept.Fingerprint}, nil
}

// prepareKey gives the key to change to, kept before the server hears of it. One that an earlier change did not get to is good.
func (e *Enrolment) prepareKey() (client.Machine, error) {
	if e.kept.Next == nil {
		key, err := client.NewKey()
		if err != nil {
			return client.Machine{}, err
		}
		after := e.kept
		if after.Next, err = encodeKey(key); err != nil {
			return client.Machine{}, err
		}
		if err := e.save(after); err != nil {
			return client.Machine{}, err
		}
	}
	return e.machine(e.kept.Next)
}

// changeKey is for when the server has taken the next key.
func (e *Enrolment) changeKey() error {
	after := e.kept
	after.Key, after.Next = after.Next, nil
	return e.save(after)
}

func (e *Enrolment) save(after enrolled) error {
	if err := writeFile(e.path, after); err != nil {
		return fmt.Errorf("saving the enrolment: %w", err)
	}
	e.kept = after
	return nil
}

func encodeKey(key *rsa.PrivateKey) (privateKey, error) { return x509.MarshalPKCS8PrivateKey(key) }
