package ui

import (
	"encoding/csv"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

// Nodes are read and sent so many at a time, and a browser may take so long for each of these: an answer as a whole may take longer
// than others.
const (
	exportAtOnce = 1000
	exportWithin = time.Minute
)

// rowWriter is a format of a table.
type rowWriter interface {
	begin(columns []string) error
	add(columns []string, values []string) error
	flush() error
}

func (u *UI) exportCSV(v *visit, w http.ResponseWriter) error {
	return v.export(w, "csv", "text/csv; charset=utf-8", csvRows{csv.NewWriter(w)})
}

func (u *UI) exportNDJSON(v *visit, w http.ResponseWriter) error {
	return v.export(w, "ndjson", "application/x-ndjson", ndjsonRows{w: w})
}

// export sends the whole list, a page at a time, without ever having all of it.
func (v *visit) export(w http.ResponseWriter, name, kind string, rows rowWriter) error {
	l, err := v.readNodeList()
	if err != nil {
		return err
	}
	columns := append([]string{"InstanceId"}, l.Columns...)
	var after *place
	for more := true; more; {
		var ids []muster.NodeID
		if ids, more, err = l.page(v.Context(), after, exportAtOnce); err != nil && after == nil {
			return err
		} else if err != nil {
			panic(http.ErrAbortHandler) // so that nobody takes what has been sent for all
		}
		if after == nil {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Disposition", `attachment; filename="nodes.`+name+`"`)
			if err := rows.begin(columns); err != nil {
				return nil // the browser has gone, as below
			}
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportWithin)) // not every writer has one
		for _, id := range ids {
			n := v.row(id)
			if err := rows.add(columns, n.values(l.Columns)); err != nil {
				return nil
			}
			p := l.placeOf(n)
			after = &p
		}
		if err := rows.flush(); err != nil {
			return nil
		}
	}
	return nil
}

// values are the cells as a program reads them.
func (n nodeRow) values(columns []string) []string {
	values := []string{string(n.ID)}
	for _, c := range columns {
		value := n.cell(c)
		if !value.Time.IsZero() {
			value.Text = value.Time.Format(time.RFC3339)
		}
		values = append(values, value.Text)
	}
	return values
}

type csvRows struct{ *csv.Writer }

func (c csvRows) begin(columns []string) error          { return c.Write(columns) }
func (c csvRows) add(_ []string, values []string) error { return c.Write(values) }
func (c csvRows) flush() error                          { c.Flush(); return c.Error() }

// ndjsonRows writes an object on each line.
type ndjsonRows struct{ w io.Writer }

func (r ndjsonRows) begin([]string) error { return nil }
func (r ndjsonRows) flush() error         { return nil }

func (r ndjsonRows) add(columns, values []string) error {
	line := []byte{'{'}
	for i, name := range columns {
		if i > 0 {
			line = append(line, ',')
		}
		for at, text := range []string{name, values[i]} {
			var err error
			if line, err = jsontext.AppendQuote(line, text); err != nil {
				return err
			}
			if at == 0 {
				line = append(line, ':')
			}
		}
	}
	_, err := r.w.Write(append(line, '}', '\n'))
	return err
}
