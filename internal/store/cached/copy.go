package cached

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"muster"
	"muster/internal/store"
	"muster/internal/store/postgres"
	"muster/internal/store/sqlite"
)

// placeKey is the key of the record that the copy alone has: the place in the history of the database where it is, as JSON. While it is
// not there the copy is not whole.
var placeKey = muster.SettingKey{Name: "place-of-the-copy"}

// localCopy is what the database had at some place, in a SQLite file of its own.
type localCopy struct {
	path  string
	store *sqlite.Store // nil unless it is open
}

// copyError is a failure of the copy: without it all goes on.
type copyError struct{ error }

func (e *copyError) Unwrap() error { return e.error }

// open opens a copy that is there. It does not watch the context, as nothing does that writes: an interrupt is no failure of the copy.
func (c *localCopy) open(ctx context.Context) (postgres.Place, error) {
	if _, err := os.Stat(c.path); err != nil {
		return postgres.Place{}, &copyError{err}
	}
	from, err := c.read(context.WithoutCancel(ctx))
	if err != nil {
		return from, &copyError{err}
	}
	return from, nil
}

func (c *localCopy) read(ctx context.Context) (from postgres.Place, err error) {
	if c.store, err = sqlite.Open(ctx, c.path, sqlite.Options{Mirror: true}); err != nil {
		return from, err
	}
	var text []byte
	looked := errors.New("there is nothing to write")
	_, err = c.store.Commit(ctx, []store.Call{{Reads: []muster.Key{placeKey}, Decide: func(v store.View) ([]muster.Change, error) {
		if place := store.Get[*muster.Setting](v, placeKey); place != nil {
			text = place.Value
		}
		return nil, looked
	}}})
	if err != nil {
		return from, err
	}
	if text == nil {
		return from, errors.New("it is not whole")
	}
	return from, json.Unmarshal(text, &from)
}

// begin makes an empty copy.
func (c *localCopy) begin(ctx context.Context) (err error) {
	if err = c.discard(); err == nil {
		c.store, err = sqlite.Open(context.WithoutCancel(ctx), c.path, sqlite.Options{Mirror: true})
	}
	if err != nil {
		return &copyError{err}
	}
	return nil
}

// add writes what the database has.
func (c *localCopy) add(ctx context.Context, b store.Batch) error {
	if err := c.store.Mirror(context.WithoutCancel(ctx), b, 0); err != nil {
		return &copyError{err}
	}
	return nil
}

// move writes what the database has got up to the place, and the place, together.
func (c *localCopy) move(ctx context.Context, b store.Batch, to postgres.Place) error {
	text, err := json.Marshal(to)
	if err != nil {
		return &copyError{err}
	}
	b.Changes = append(b.Changes, muster.Change{Key: placeKey, Value: &muster.Setting{Value: text}, At: to.Position})
	if err := c.store.Mirror(context.WithoutCancel(ctx), b, to.Position); err != nil {
		return &copyError{err}
	}
	return nil
}

// discard removes the copy.
func (c *localCopy) discard() error {
	errs := []error{c.close()}
	for _, name := range []string{c.path, c.path + "-wal", c.path + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (c *localCopy) close() error {
	if c.store == nil {
		return nil
	}
	err := c.store.Close()
	c.store = nil
	return err
}
