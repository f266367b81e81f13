package store

import (
	"fmt"

	"muster"
)

// DamageError says which part of a store cannot be read. Nothing is left out in silence: one such part fails the whole Load.
type DamageError struct {
	What string // "item AWS:Application of node i-0123 in 111122223333/eu-west-1"
	Err  error
	Cure string // what an operator can do
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("%s is damaged: %v; %s", e.What, e.Err, e.Cure)
}

func (e *DamageError) Unwrap() error { return e.Err }

// NameOf is what a DamageError calls what is under the key.
func NameOf(key muster.Key) string {
	switch key := key.(type) {
	case muster.NodeKey:
		return fmt.Sprintf("node %s in %s", key.Node, key.Space)
	case muster.ItemKey:
		what := string(key.Type)
		if key.SubType != "" {
			what += " " + key.SubType
		}
		return fmt.Sprintf("item %s of node %s in %s", what, key.Node, key.Space)
	case muster.HistoryKey:
		return "the history of " + NameOf(muster.ItemKey(key))
	case muster.RowKey:
		return fmt.Sprintf("row %d of %s in %s", key.ID, key.Type, key.Space)
	}
	kind, _, name, _ := Place(key) // the other keys are those of records
	return kind + " " + name
}
