package agent

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/collect"
)

// State is what an agent remembers between runs: who it is, and what the server has accepted from it. It is one small file.
// Losing it costs one full report, and on a host without a machine id the node id.
//
// A State is for one goroutine at a time. Two processes on one directory do no harm but to their own economy: whichever wrote
// last is believed, and the server says where that is wrong.
type State struct {
	path string
	kept kept
}

// kept is the content of the file.
type kept struct {
	Node   muster.NodeID `json:"node,omitzero"` // whose hashes these are
	Random string        `json:"random,omitzero"`
	Salt   string        `json:"salt,omitzero"`

	// Hashes are those of the last accepted content.
	Hashes map[muster.TypeName]muster.ContentHash `json:"hashes,omitzero"`
}

// OpenState reads the state in a directory of its own, which it makes if need be. A file that makes no sense is told of and
// begun anew.
func OpenState(dir string, log *slog.Logger) (*State, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the state directory: %w", err)
	}
	s := &State{path: filepath.Join(dir, "agent.json")}
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the agent's state: %w", err)
	}
	if err := json.Unmarshal(data, &s.kept); err != nil {
		log.Warn("the agent's state is damaged and begun anew", "file", s.path, "error", err)
		s.kept = kept{}
	}
	return s, nil
}

// Node gives the host's id, which follows from its machine id and this state's salt. A machine id that is another than before
// makes another node, so that an image which was made with a state in it does not pass on its identity. A host that has no
// machine id gets a random one to keep.
func (s *State) Node(machineID string) (muster.NodeID, error) {
	if machineID == "" {
		if s.kept.Random == "" {
			s.kept.Random = rand.Text()
		}
		machineID = s.kept.Random
	}
	node := collect.NodeID(machineID, s.kept.Salt)
	return node, s.become(node)
}

// become makes the state that of the node.
func (s *State) become(node muster.NodeID) error {
	if node == s.kept.Node {
		return nil
	}
	s.kept.Node = node
	s.kept.Hashes = nil
	return s.save()
}

// Renew makes the next Node another one than before, for a host that shares its machine id, and even this state, with the
// host that it was copied from.
func (s *State) Renew() error {
	s.kept = kept{Salt: rand.Text()}
	return s.save()
}

// hash is that of the last content that the server accepted of the type.
func (s *State) hash(t muster.TypeName) muster.ContentHash { return s.kept.Hashes[t] }

// accepted remembers the items of a call that succeeded.
func (s *State) accepted(items []item) error {
	changed := false
	for _, i := range items {
		if s.hash(i.Type) == i.hash {
			continue
		}
		if s.kept.Hashes == nil {
			s.kept.Hashes = map[muster.TypeName]muster.ContentHash{}
		}
		s.kept.Hashes[i.Type] = i.hash
		changed = true
	}
	if !changed {
		return nil
	}
	return s.save()
}

// save replaces the file. Who knows the salt in it can compute the node id.
func (s *State) save() error {
	if err := writeFile(s.path, s.kept); err != nil {
		return fmt.Errorf("saving the agent's state: %w", err)
	}
	return nil
}
