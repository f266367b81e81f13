package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"muster"
	"muster/internal/access"
	"muster/internal/schema"
	"muster/internal/ssmapi"
)

// schemaCursor is the last schema of the page before.
type schemaCursor struct {
	Type        muster.TypeName `json:"t"`
	Version     muster.Version  `json:"v"`
	DisplayName string          `json:"d,omitempty"` // tells sub-types apart
}

func cursorOf(s muster.Schema) schemaCursor { return schemaCursor{s.Type, s.Version, s.DisplayName} }

func (c schemaCursor) compare(d schemaCursor) int {
	return cmp.Or(strings.Compare(string(c.Type), string(d.Type)), c.Version.Compare(d.Version), strings.Compare(c.DisplayName, d.DisplayName))
}

// getInventorySchema describes the types, by name and version.
func (s *Server) getInventorySchema(_ context.Context, c access.Caller, in *ssmapi.GetInventorySchemaInput) (*ssmapi.GetInventorySchemaOutput, error) {
	if in.TypeName != "" && !s.vocabulary(c.Space, nil).knows(in.TypeName) {
		return nil, muster.ErrUnknownType(in.TypeName)
	}
	params := *in
	params.NextToken, params.MaxResults = "", nil
	q := question{access.GetInventorySchema, c.Space, params}
	after, err := cursor[schemaCursor](s.tokens, q, in.NextToken)
	if err != nil {
		return nil, err
	}

	rest := slices.DeleteFunc(s.schemas(c.Space, in), func(sc muster.Schema) bool {
		return in.TypeName != "" && sc.Type != in.TypeName || cursorOf(sc).compare(after) <= 0
	})
	slices.SortFunc(rest, func(a, b muster.Schema) int { return cursorOf(a).compare(cursorOf(b)) })

	out := &ssmapi.GetInventorySchemaOutput{Schemas: []ssmapi.InventoryItemSchema{}}
	shown := rest[:min(len(rest), pageSize(in.MaxResults, muster.MaxSchemaPage))]
	for _, sc := range shown {
		out.Schemas = append(out.Schemas, wireSchema(sc))
	}
	if len(shown) < len(rest) {
		out.NextToken, err = next(s.tokens, q, cursorOf(shown[len(shown)-1]))
	}
	return out, err
}

// schemas gives those that the call's switches ask for: the catalogue and the custom types, or what AWS counts by, or one schema
// for each sub-type that there is (R12).
func (s *Server) schemas(space muster.Space, in *ssmapi.GetInventorySchemaInput) []muster.Schema {
	switch {
	case in.Aggregator:
		return slices.Clone(schema.Aggregatable())
	case in.SubType:
		return s.subTypes(space)
	}
	all := slices.Clone(schema.All())
	for _, t := range s.fleet.CustomTypes(space) {
		all = append(all, s.customSchemas(space, t)...)
	}
	return all
}

// customSchemas gives the highest version of a custom type, and any lower one that some node still has (R14).
func (s *Server) customSchemas(space muster.Space, t muster.TypeName) []muster.Schema {
	learned := s.fleet.CustomType(space, t)
	if learned == nil {
		return nil
	}
	used := map[muster.Version]bool{learned.Versions[len(learned.Versions)-1].Version: true}
	if len(learned.Versions) > 1 {
		for h := range s.fleet.Snapshot(space).Holders(t) {
			used[h.Version] = true
		}
	}
	var out []muster.Schema
	for _, v := range learned.Versions {
		if !used[v.Version] {
			continue
		}
		sc := muster.Schema{Type: t, Version: v.Version}
		for _, name := range v.Attributes {
			sc.Attributes = append(sc.Attributes, muster.Attribute{Name: name})
		}
		out = append(out, sc)
	}
	return out
}

func wireSchema(s muster.Schema) ssmapi.InventoryItemSchema {
	out := ssmapi.InventoryItemSchema{TypeName: s.Type, Version: s.Version, DisplayName: s.DisplayName}
	for _, a := range s.Attributes {
		kind := ssmapi.DataTypeString
		if a.Number {
			kind = ssmapi.DataTypeNumber
		}
		out.Attributes = append(out.Attributes, ssmapi.InventoryItemAttribute{Name: a.Name, DataType: kind})
	}
	return out
}
