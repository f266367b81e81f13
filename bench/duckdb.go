package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/duckdb/duckdb-go/v2"
)

// duck is one DuckDB database with a thread for each processor, in a file: there its columns are compressed, and what is read of
// them stays in its memory.
type duck struct {
	db  *sql.DB
	dir string
}

func newDuck(dir string) (*duck, error) {
	dir = filepath.Join(dir, "duckdb")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	connector, err := duckdb.NewConnector(fmt.Sprintf("%s?threads=%d&memory_limit=8GB", filepath.Join(dir, "database"), runtime.NumCPU()), nil)
	if err != nil {
		return nil, err
	}
	return &duck{sql.OpenDB(connector), dir}, nil
}

// form gives a form of the inventory, in a schema of its own.
func (d *duck) form(title, file string) *embedded {
	setup := fmt.Sprintf("CREATE SCHEMA %s; SET schema = '%[1]s'; SET perfect_ht_threshold = 24", file) // groups of up to 16 million places
	// Its driver takes longer to hand over 100,000 rows than the engine to find them.
	return &embedded{title: title, file: file, db: d.db, dir: d.dir, setup: setup, put: putDuck, keep: true}
}

func (d *duck) dictionary() *embedded { return d.form("DuckDB, dictionary", "duckdb_dictionary") }

// wide is made of the dictionary form, which has to be there.
func (d *duck) wide() *embedded { return d.form("DuckDB, wide", "duckdb_wide") }

// putDuck fills the tables by appenders, which are the fastest way in.
func putDuck(ctx context.Context, conn *sql.Conn, f *source) error {
	return conn.Raw(func(raw any) (err error) {
		appenders := map[table]*duckdb.Appender{}
		defer func() {
			for _, a := range appenders {
				err = errors.Join(err, a.Close())
			}
		}()
		for _, t := range tables {
			if appenders[t], err = duckdb.NewAppenderFromConn(raw.(driver.Conn), "duckdb_dictionary", string(t)); err != nil {
				return err
			}
		}
		var values []driver.Value
		return fillTables(ctx, f, func(t table, row []any) error {
			values = values[:0]
			for _, value := range row {
				values = append(values, value)
			}
			return appenders[t].AppendRow(values...)
		})
	})
}
