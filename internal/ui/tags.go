package ui

import (
	"net/http"

	"muster"
	"muster/internal/server"
	"muster/internal/ssmapi"
)

// managedInstance is the type of the resources whose tags are kept here. Those of EC2 instances are EC2's at AWS, and here inventory
// alone.
const managedInstance = "ManagedInstance"

func managed(id muster.NodeID) bool { return id.ResourceType() == managedInstance }

// tagCommand is how a node is given a tag.
func (v *visit) tagCommand(id muster.NodeID) string {
	if managed(id) {
		return v.command("aws", "ssm", "add-tags-to-resource", "--resource-type", managedInstance, "--resource-id", string(id), "--tags", "Key=site,Value=north")
	}
	return v.command("muster", "put", string(id), "AWS:Tag", "Key=site", "Value=north")
}

// setTag gives the node the tag of the form, by the rules of AddTagsToResource.
func (u *UI) setTag(v *visit) (string, error) {
	kind, id := managedInstance, v.PathValue("node")
	in := &ssmapi.AddTagsToResourceInput{ResourceType: &kind, ResourceId: &id, Tags: ssmapi.List[ssmapi.Tag]{
		{Key: new(v.PostFormValue("key")), Value: new(v.PostFormValue("value"))},
	}}
	if err := ssmapi.Checker[ssmapi.AddTagsToResourceInput]()(in); err != nil {
		return "", &problem{Status: http.StatusBadRequest, Title: "The tag cannot be set", Advice: wrongFilter(err)}
	}
	return v.nodeLink(muster.NodeID(id), ""), server.AddTags(v.Context(), u.Fleet, v.caller.Space, in)
}

// removeTag takes the tag of the form's key away.
func (u *UI) removeTag(v *visit) (string, error) {
	kind, id := managedInstance, v.PathValue("node")
	in := &ssmapi.RemoveTagsFromResourceInput{ResourceType: &kind, ResourceId: &id, TagKeys: ssmapi.List[string]{v.PostFormValue("key")}}
	return v.nodeLink(muster.NodeID(id), ""), server.RemoveTags(v.Context(), u.Fleet, v.caller.Space, in)
}
