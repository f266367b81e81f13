package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muster"
	"muster/internal/store"
)

// View is a page that people have given a name: which one, and what its address asks.
type View struct {
	Name    string    `json:"name"`
	Page    string    `json:"page"`  // "nodes"
	Query   string    `json:"query"` // of the address, "q=platform+%3D+Linux"
	By      string    `json:"by"`    // the id of the access key that kept it
	Created time.Time `json:"created"`
}

// The bounds of views. All of a space are one setting, so that two servers cannot exceed them together, and that is written anew
// with each.
const (
	MaxViews     = 100  // in a space
	MaxViewName  = 100  // characters
	MaxViewQuery = 4096 // bytes
)

// RefusedView says why a view is not kept, and what to do about it.
type RefusedView string

func (r RefusedView) Error() string { return string(r) }

// Views gives those of the space, by name. They are not to be changed.
func (f *Fleet) Views(space muster.Space) ([]View, error) {
	return readViews(f.state.Load().setting(viewsKey(space).Name))
}

// KeepView keeps the view, or says with a RefusedView why not. One that is there already stays as it is: it may be somebody else's.
func (f *Fleet) KeepView(ctx context.Context, space muster.Space, v View) error {
	switch {
	case v.Name == "" || !utf8.ValidString(v.Name):
		return RefusedView("The view needs a name.")
	case utf8.RuneCountInString(v.Name) > MaxViewName:
		return RefusedView(fmt.Sprintf("The name has more than %d characters. Give the view a shorter one.", MaxViewName))
	case len(v.Query) > MaxViewQuery:
		return RefusedView(fmt.Sprintf("The address has more than %d bytes. Ask for less, or keep it as a bookmark.", MaxViewQuery))
	}
	return f.changeViews(ctx, space, func(views []View) ([]View, error) {
		at, found := slices.BinarySearchFunc(views, v.Name, byName)
		if found {
			return nil, RefusedView("There is a view of this name. Take another, or delete that one first.")
		}
		if len(views) >= MaxViews {
			return nil, RefusedView(fmt.Sprintf("There are %d views already. Delete one that nobody needs.", MaxViews))
		}
		return slices.Insert(views, at, v), nil
	})
}

// DropView deletes the view of that name. One that is not there is no error.
func (f *Fleet) DropView(ctx context.Context, space muster.Space, name string) error {
	return f.changeViews(ctx, space, func(views []View) ([]View, error) {
		return slices.DeleteFunc(views, func(v View) bool { return v.Name == name }), nil
	})
}

// changeViews makes the views of the space what change makes of them, as the store has them.
func (f *Fleet) changeViews(ctx context.Context, space muster.Space, change func([]View) ([]View, error)) error {
	key := viewsKey(space)
	return f.commit(ctx, store.Call{Reads: []muster.Key{key}, Decide: func(seen store.View) ([]muster.Change, error) {
		var text []byte
		if s := store.Get[*muster.Setting](seen, key); s != nil {
			text = s.Value
		}
		views, err := readViews(text)
		if err != nil {
			return nil, err
		}
		if views, err = change(views); err != nil {
			return nil, err
		}
		if len(views) == 0 {
			return []muster.Change{{Key: key}}, nil
		}
		if text, err = json.Marshal(views); err != nil {
			return nil, err
		}
		return []muster.Change{{Key: key, Value: &muster.Setting{Value: text}}}, nil
	}})
}

// viewsKey is what the views of a space are kept under.
func viewsKey(space muster.Space) muster.SettingKey {
	return muster.SettingKey{Name: "views " + string(space.Account) + " " + string(space.Region)}
}

func readViews(text []byte) (views []View, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(text, &views); err != nil {
		return nil, fmt.Errorf("read the views: %w", err)
	}
	return views, nil
}

func byName(v View, name string) int { return strings.Compare(v.Name, name) }
