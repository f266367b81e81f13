package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"muster"
	"muster/internal/document"
	"muster/internal/store"
)

// AssociationRecord is an association with its id.
type AssociationRecord struct {
	ID muster.AssociationID
	*muster.Association
}

// defaultSchedule is how often nodes report if nobody says otherwise.
const defaultSchedule = "rate(30 minutes)"

// defaultAssociation is the one that a space has from the start: every node reports its inventory. It is nowhere stored as long as
// nobody changes it, so its id follows from the space, and a space that is only looked at stays empty.
func defaultAssociation(space muster.Space) AssociationRecord {
	created := document.All()[0].Created
	return AssociationRecord{
		ID: muster.AssociationID(uuid.NewSHA1(uuid.NameSpaceURL, []byte("muster:default-association:"+space.String())).String()),
		Association: &muster.Association{
			Document: document.GatherSoftwareInventory, DocumentVersion: document.Version, Name: "muster-default-inventory",
			Targets: []muster.Target{{Key: targetNodes, Values: []string{allNodes}}}, Schedule: defaultSchedule,
			Version: 1, Created: created, Updated: created,
		},
	}
}

// Associations gives the associations of the space, oldest first. Neither they nor the list are to be changed.
func (f *Fleet) Associations(space muster.Space) []AssociationRecord { return f.standing(space).oldest }

// listed gives, of those that are stored, the associations that there are, and the one by default if nothing is stored of it.
func (f *Fleet) listed(space muster.Space, stored muster.Associations) []AssociationRecord {
	var all []AssociationRecord
	for id, a := range stored {
		if !a.Deleted {
			all = append(all, AssociationRecord{id, a})
		}
	}
	byDefault := defaultAssociation(space)
	if stored[byDefault.ID] == nil && !f.NoDefaultAssociation {
		all = append(all, byDefault)
	}
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

// CreateAssociation stores a new association.
func (f *Fleet) CreateAssociation(ctx context.Context, space muster.Space, a muster.Association) (AssociationRecord, error) {
	if err := f.checkAssociation(&a); err != nil {
		return AssociationRecord{}, err
	}
	a.Version, a.Created = 1, f.Now()
	a.Touch(a.Created)
	created := AssociationRecord{muster.AssociationID(uuid.NewString()), &a}
	others, node := muster.AssociationsKey{Space: space}, muster.NodeKey{Space: space, Node: a.Node}
	return created, f.commit(ctx, store.Call{Reads: []muster.Key{others, node}, Decide: func(v store.View) ([]muster.Change, error) {
		all := f.listed(space, store.Get[muster.Associations](v, others))
		switch {
		case a.Node != "" && v.Get(node) == nil:
			return nil, muster.ErrInvalidInstanceID(a.Node)
		case a.Node != "" && slices.ContainsFunc(all, func(b AssociationRecord) bool { return b.Document == a.Document && b.Node == a.Node }):
			return nil, muster.ErrAssociationExists
		case len(all) >= muster.MaxAssociations:
			return nil, muster.ErrAssociationCount
		}
		return []muster.Change{{Key: muster.AssociationKey{Space: space, ID: created.ID}, Value: &a}}, nil
	}})
}

// UpdateAssociation stores what change makes of the association, unless it refuses. It may be called more than once, and changes a
// copy of its own.
func (f *Fleet) UpdateAssociation(ctx context.Context, space muster.Space, id muster.AssociationID, change func(*muster.Association) error) (AssociationRecord, error) {
	now := f.Now()
	after := AssociationRecord{ID: id}
	err := f.changeAssociation(ctx, space, id, func(a *muster.Association) error {
		if err := change(a); err != nil {
			return err
		}
		a.Version++
		a.Touch(now)
		after.Association = a
		return f.checkAssociation(a)
	})
	return after, err
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
			stored = byDefault.Association
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
