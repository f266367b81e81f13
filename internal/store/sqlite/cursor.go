package sqlite

import (
	"database/sql/driver"
	"errors"
	"io"
)

// cursor walks the result of a query on the driver itself. Load reads millions of records, and database/sql would take longer
// to hand over most of them than SQLite to find them. Texts are selected as BLOBs, which the driver need not interpret.
type cursor struct {
	rows   driver.Rows
	values []driver.Value
	err    error
}

func (l *loader) query(text string) (*cursor, error) {
	rows, err := l.conn.QueryContext(l.ctx, text, nil)
	if err != nil {
		return nil, err
	}
	return &cursor{rows: rows, values: make([]driver.Value, len(rows.Columns()))}, nil
}

// next goes to the next record, and says false at the end or at an error, which is then in err.
func (c *cursor) next() bool {
	err := c.rows.Next(c.values)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return err == nil
}

// close gives the error that ended the walk, if one did.
func (c *cursor) close() error { return errors.Join(c.err, c.rows.Close()) }

// int gives a column, 0 if it is not a number.
func (c *cursor) int(column int) int64 {
	n, _ := c.values[column].(int64)
	return n
}

// bytes gives a column, nil if it is not a BLOB. The caller owns them.
func (c *cursor) bytes(column int) []byte {
	b, _ := c.values[column].([]byte)
	return b
}
