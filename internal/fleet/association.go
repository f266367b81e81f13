package fleet

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"

	"muster"
	"muster/internal/document"
	"muster/internal/index"
	"muster/internal/store"
)

// AssociationRecord is an association with its id.
type AssociationRecord struct {
	ID muster.AssociationID
	muster.Association
}

// defaultSchedule is how often nodes report if nobody says otherwise.
const defaultSchedule = "rate(30 minutes)"

// defaultAssociation is the one that a space has from the start: every node reports its inventory. It is nowhere stored as long as
// nobody changes it, so its id follows from the space, and a space that is only looked at stays empty.
func defaultAssociation(space muster.Space) AssociationRecord {
	created := document.All()[0].Created
	return AssociationRecord{
		ID: muster.AssociationID(uuid.NewSHA1(uuid.NameSpaceURL, []byte("muster:default-association:"+space.String())).String()),
		Association: muster.Association{
			Document: document.GatherSoftwareInventory, DocumentVersion: document.Version, Name: "muster-default-inventory",
			Targets: []muster.Target{{Key: targetNodes, Values: []string{allNodes}}}, Schedule: defaultSchedule,
			Version: 1, Created: created, Updated: created,
		},
	}
}

// Associations gives the associations of the space, oldest first. They are not to be changed.
func (f *Fleet) Associations(space muster.Space) []AssociationRecord {
	var all []AssociationRecord
	byDefault := defaultAssociation(space)
	known := false
	s := f.state.Load()
	s.mu.RLock()
	if sp := s.spaces[space]; sp != nil {
		for id, a := range sp.associations {
			known = known || id == byDefault.ID
			if !a.Deleted {
				all = append(all, AssociationRecord{id, *a})
			}
		}
	}
	s.mu.RUnlock()
	if !known && !f.NoDefaultAssociation {
		all = append(all, byDefault)
	}
	slices.SortFunc(all, func(a, b AssociationRecord) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Association gives one association.
func (f *Fleet) Association(space muster.Space, id muster.AssociationID) (AssociationRecord, error) {
	all := f.Associations(space)
	if at := slices.IndexFunc(all, func(a AssociationRecord) bool { return a.ID == id }); at >= 0 {
		return all[at], nil
	}
	return AssociationRecord{}, muster.ErrNoAssociation(string(id))
}

// AssociationOfNode gives the association that was made for one node, in the old way, with the document.
func (f *Fleet) AssociationOfNode(space muster.Space, doc string, node muster.NodeID) (AssociationRecord, error) {
	all := f.Associations(space)
	if at := slices.IndexFunc(all, func(a AssociationRecord) bool { return a.Document == doc && a.Node == node }); at >= 0 {
		return all[at], nil
	}
	return AssociationRecord{}, muster.ErrNoAssociation(fmt.Sprintf("of %s with %s", doc, node))
}

// Orders is the associations of a space as they go before each other at a node: the agent fails a run when it knows of a second one
// that gathers inventory, and no document does anything else. Those whose targets say most about the node go first, and of these the
// newest.
type Orders struct {
	all      []AssociationRecord
	tagged   bool // some target tags
	snapshot *index.Snapshot
}

// Orders gives those of the space as they are now.
func (f *Fleet) Orders(space muster.Space) Orders {
	o := Orders{all: f.Associations(space), snapshot: f.Snapshot(space)}
	slices.SortStableFunc(o.all, func(a, b AssociationRecord) int {
		return cmp.Or(cmp.Compare(kindOf(a.Targets), kindOf(b.Targets)), b.Created.Compare(a.Created))
	})
	o.tagged = slices.ContainsFunc(o.all, func(a AssociationRecord) bool {
		return slices.ContainsFunc(a.Targets, func(t muster.Target) bool { return t.Key != targetNodes })
	})
	return o
}

// Of gives the associations that target the node, first the one that it is to run.
func (o Orders) Of(id muster.NodeID) iter.Seq[AssociationRecord] {
	return func(yield func(AssociationRecord) bool) {
		node := targeted{id: id}
		if o.tagged {
			node = targetedNode(o.snapshot, id)
		}
		for i := range o.all {
			if node.in(o.all[i].Targets) && !yield(o.all[i]) {
				return
			}
		}
	}
}

// AssociationsOf gives the associations that target a node, first the one that it is to run.
func (f *Fleet) AssociationsOf(space muster.Space, id muster.NodeID) ([]AssociationRecord, error) {
	if record, known := f.Node(space, id); !known || record.Gone() {
		return nil, muster.ErrInvalidInstanceID(id)
	}
	return slices.Collect(f.Orders(space).Of(id)), nil
}

// CreateAssociation stores a new association.
func (f *Fleet) CreateAssociation(ctx context.Context, space muster.Space, a muster.Association) (AssociationRecord, error) {
	if err := f.checkAssociation(&a); err != nil {
		return AssociationRecord{}, err
	}
	if _, known := f.Node(space, a.Node); a.Node != "" && !known {
		return AssociationRecord{}, muster.ErrInvalidInstanceID(a.Node)
	}
	all := f.Associations(space)
	if a.Node != "" && slices.ContainsFunc(all, func(b AssociationRecord) bool { return b.Document == a.Document && b.Node == a.Node }) {
		return AssociationRecord{}, muster.ErrAssociationExists
	}
	if len(all) >= muster.MaxAssociations {
		return AssociationRecord{}, muster.ErrAssociationCount
	}
	a.Version, a.Created = 1, f.Now()
	a.Touch(a.Created)
	created := AssociationRecord{muster.AssociationID(uuid.NewString()), a}
	return created, f.commit(ctx, store.Call{Decide: func(store.View) ([]muster.Change, error) {
		return []muster.Change{{Key: muster.AssociationKey{Space: space, ID: created.ID}, Value: &a}}, nil
	}})
}

// UpdateAssociation stores what change makes of the association. It may be called more than once, and changes a copy of its own.
func (f *Fleet) UpdateAssociation(ctx context.Context, space muster.Space, id muster.AssociationID, change func(*muster.Association)) (AssociationRecord, error) {
	now := f.Now()
	var after muster.Association
	err := f.changeAssociation(ctx, space, id, func(a *muster.Association) error {
		change(a)
		a.Version++
		a.Touch(now)
		err := f.checkAssociation(a)
		after = *a
		return err
	})
	return AssociationRecord{id, after}, err
}

// DeleteAssociation takes the association away, and what nodes told of it, a little later.
func (f *Fleet) DeleteAssociation(ctx context.Context, space muster.Space, id muster.AssociationID) error {
	return f.changeAssociation(ctx, space, id, func(a *muster.Association) error {
		a.Deleted = true
		return nil
	})
}

// StartAssociations has the nodes of each association run it at their next poll.
func (f *Fleet) StartAssociations(ctx context.Context, space muster.Space, ids []muster.AssociationID) error {
	now := f.Now()
	for _, id := range ids {
		if _, err := f.Association(space, id); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := f.changeAssociation(ctx, space, id, func(a *muster.Association) error { a.Due = now; return nil }); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fleet) changeAssociation(ctx context.Context, space muster.Space, id muster.AssociationID, change func(*muster.Association) error) error {
	key := muster.AssociationKey{Space: space, ID: id}
	byDefault := defaultAssociation(space)
	return f.commit(ctx, store.Call{Reads: []muster.Key{key}, Decide: func(v store.View) ([]muster.Change, error) {
		stored := store.Get[*muster.Association](v, key)
		isDefault := id == byDefault.ID
		if stored == nil && isDefault && !f.NoDefaultAssociation {
			stored = &byDefault.Association
		}
		if stored == nil || stored.Deleted {
			return nil, muster.ErrNoAssociation(string(id))
		}
		after := *stored
		if err := change(&after); err != nil {
			return nil, err
		}
		if after.Deleted && !isDefault {
			return []muster.Change{{Key: key}}, nil
		}
		return []muster.Change{{Key: key, Value: &after}}, nil
	}})
}

// checkAssociation refuses an association that a node could not run, and writes what is left out.
func (f *Fleet) checkAssociation(a *muster.Association) error {
	doc := document.Find(a.Document)
	if doc == nil {
		return muster.ErrDocument(a.Document)
	}
	a.Document = doc.Name
	if !document.HasVersion(a.DocumentVersion) {
		return muster.ErrDocumentVersion(a.Document, a.DocumentVersion)
	}
	if err := doc.Check(a.Parameters); err != nil {
		return err
	}
	if a.Schedule != "" {
		if err := checkSchedule(a.Schedule, f.Strict); err != nil {
			return err
		}
	}
	if a.OnlyAtSchedule && !strings.HasPrefix(a.Schedule, "cron(") {
		return muster.ErrSchedule(a.Schedule, "ApplyOnlyAtCronInterval goes with cron only")
	}
	return checkTargets(a.Targets)
}
