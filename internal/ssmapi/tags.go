package ssmapi

// AddTagsToResourceInput puts tags on a resource, of which muster has one kind: ManagedInstance, by its node id.
type AddTagsToResourceInput struct {
	ResourceType *string   `json:",omitzero" shape:"ResourceTypeForTagging,required"`
	ResourceId   *string   `json:",omitzero" shape:",required"`
	Tags         List[Tag] `json:",omitzero" shape:"TagList,required"`
}

// AddTagsToResourceOutput is the answer "{}".
type AddTagsToResourceOutput struct{}

// RemoveTagsFromResourceInput takes tags away.
type RemoveTagsFromResourceInput struct {
	ResourceType *string      `json:",omitzero" shape:"ResourceTypeForTagging,required"`
	ResourceId   *string      `json:",omitzero" shape:",required"`
	TagKeys      List[string] `json:",omitzero" shape:",required,of=TagKey"`
}

// RemoveTagsFromResourceOutput is the answer "{}".
type RemoveTagsFromResourceOutput struct{}

// ListTagsForResourceInput asks for the tags of a resource.
type ListTagsForResourceInput struct {
	ResourceType *string `json:",omitzero" shape:"ResourceTypeForTagging,required"`
	ResourceId   *string `json:",omitzero" shape:",required"`
}

// ListTagsForResourceOutput has them by key.
type ListTagsForResourceOutput struct {
	TagList List[Tag]
}
