package main

import (
	"context"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/ssmapi"
)

// openPostgres gives what opens a server for these forms, in this order.
func openPostgres(forms ...func(*postgres) *postgresForm) func(dir string) ([]engine, func() error, error) {
	return func(dir string) (engines []engine, stop func() error, err error) {
		server, err := startPostgres(filepath.Join(dir, "postgres"))
		if err != nil {
			return nil, nil, err
		}
		for _, form := range forms {
			engines = append(engines, form(server))
		}
		return engines, server.stop, nil
	}
}

// The forms of the inventory in PostgreSQL.

func (p *postgres) dictionary() *postgresForm {
	return &postgresForm{server: p, title: "PostgreSQL, dictionary", file: "postgres_dictionary", tables: tables, put: fillTables}
}

// normalised is made of the dictionary form, which has to be there.
func (p *postgres) normalised() *postgresForm {
	return &postgresForm{server: p, title: "PostgreSQL, normalised", file: "postgres_normalised"}
}

func (p *postgres) jsonb() *postgresForm {
	return &postgresForm{server: p, title: "PostgreSQL, jsonb", file: "postgres_jsonb", tables: []table{nodeTable, itemTable}, put: fillItems}
}

// itemTable is that of the jsonb form: a row for each node and type.
const itemTable table = "item"

// fillItems puts the two types that the questions are about.
func fillItems(ctx context.Context, f *source, put func(t table, row []any) error) error {
	for n := range f.nodes(ctx) {
		if err := put(nodeTable, []any{int32(n.number), string(n.id)}); err != nil {
			return err
		}
		information := n.information.With("InstanceStatus", string(muster.Active))
		for name, content := range map[muster.TypeName]ssmapi.Entries{
			muster.TypeInstanceInformation: {information}, application: n.applications,
		} {
			text, err := json.Marshal(content)
			if err != nil {
				return err
			}
			if err := put(itemTable, []any{int32(n.number), string(name), text}); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
