package server

import (
	"context"
	"regexp"
	"slices"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
)

func (s *Server) addTagsToResource(ctx context.Context, c access.Caller, in *ssmapi.AddTagsToResourceInput) (*ssmapi.AddTagsToResourceOutput, error) {
	return &ssmapi.AddTagsToResourceOutput{}, AddTags(ctx, s.fleet, c.Space, in)
}

// AddTags gives a node tags, which take the place of those with the same keys.
func AddTags(ctx context.Context, f *fleet.Fleet, space muster.Space, in *ssmapi.AddTagsToResourceInput) error {
	node, err := tagged(*in.ResourceType, *in.ResourceId)
	if err != nil {
		return err
	}
	more := ssmapi.ReadTags(in.Tags)
	return f.ChangeTags(ctx, space, node, func(tags []muster.Tag) ([]muster.Tag, error) {
		after := muster.MergeTags(tags, more)
		if len(after) > muster.MaxTags {
			return nil, muster.ErrTooManyTags
		}
		return after, nil
	})
}

func (s *Server) removeTagsFromResource(ctx context.Context, c access.Caller, in *ssmapi.RemoveTagsFromResourceInput) (*ssmapi.RemoveTagsFromResourceOutput, error) {
	return &ssmapi.RemoveTagsFromResourceOutput{}, RemoveTags(ctx, s.fleet, c.Space, in)
}

// RemoveTags takes tags away; those that are not there are no error.
func RemoveTags(ctx context.Context, f *fleet.Fleet, space muster.Space, in *ssmapi.RemoveTagsFromResourceInput) error {
	node, err := tagged(*in.ResourceType, *in.ResourceId)
	if err != nil {
		return err
	}
	return f.ChangeTags(ctx, space, node, func(tags []muster.Tag) ([]muster.Tag, error) {
		return slices.DeleteFunc(tags, func(t muster.Tag) bool { return slices.Contains(in.TagKeys, t.Key) }), nil
	})
}

// listTagsForResource gives a node's tags.
func (s *Server) listTagsForResource(_ context.Context, c access.Caller, in *ssmapi.ListTagsForResourceInput) (*ssmapi.ListTagsForResourceOutput, error) {
	node, err := tagged(*in.ResourceType, *in.ResourceId)
	if err != nil {
		return nil, err
	}
	tags, err := s.fleet.Tags(c.Space, node)
	if err != nil {
		return nil, err
	}
	return &ssmapi.ListTagsForResourceOutput{TagList: append(ssmapi.List[ssmapi.Tag]{}, ssmapi.WireTags(tags)...)}, nil
}

// managedID is the form of the ids of nodes that have their tags from here. EC2 instances have theirs from EC2.
var managedID = regexp.MustCompile(`^mi-[0-9a-f]{17}$`)

// tagged is the node that is meant by a resource.
func tagged(resourceType, id string) (muster.NodeID, error) {
	switch {
	case resourceType != "ManagedInstance":
		return "", muster.ErrResourceType
	case !managedID.MatchString(id):
		return "", muster.ErrTagOnOtherNode
	}
	return muster.NodeID(id), nil
}
