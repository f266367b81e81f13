package ssmapi

import "muster"

// Tag is a tag as it is sent and answered.
type Tag struct {
	Key   *string `json:",omitzero" shape:"TagKey,required"`
	Value *string `json:",omitzero" shape:"TagValue,required"`
}

// WireTags writes tags as they are answered, nil for none.
func WireTags(tags []muster.Tag) List[Tag] {
	var out List[Tag]
	for i := range tags {
		out = append(out, Tag{&tags[i].Key, &tags[i].Value})
	}
	return out
}

// ReadTags gives the tags that were sent, by key.
func ReadTags(sent List[Tag]) []muster.Tag {
	tags := make([]muster.Tag, len(sent))
	for i, t := range sent {
		tags[i] = muster.Tag{Key: *t.Key, Value: *t.Value}
	}
	return muster.MergeTags(nil, tags)
}
