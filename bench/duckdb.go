package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/duckdb/duckdb-go/v2"
)

// openDuck opens one database with a thread for each processor, in a file: there its columns are compressed, and what is read of
// them stays in its memory.
func openDuck(dir string) ([]engine, func() error, error) {
	connector, err := duckdb.NewConnector(fmt.Sprintf("%s?threads=%d&memory_limit=8GB", filepath.Join(dir, "database"), runtime.NumCPU()), nil)
	if err != nil {
		return nil, nil, err
	}
	db := sql.OpenDB(connector)
	form := func(title, file string) *embedded { // in a schema of its own
		setup := fmt.Sprintf("CREATE SCHEMA %s; SET schema = '%[1]s'; SET perfect_ht_threshold = 24", file) // groups of up to 16 million places
		return &embedded{title: title, file: file, db: db, dir: dir, setup: setup, put: putDuck, fold: duckFold}
	}
	dictionary := form("DuckDB, dictionary", "duckdb_dictionary")
	wide := form("DuckDB, wide", "duckdb_wide") // made of the dictionary form
	return []engine{dictionary, wide}, closer(db, dictionary, wide), nil
}

// duckFold needs every value of every row, so that nothing is left out of the answer. The driver takes longer to hand over 100,000
// rows than the engine to find them.
const duckFold = "SELECT count(*), bit_xor(hash(answer)) FROM (%s) AS answer"

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
