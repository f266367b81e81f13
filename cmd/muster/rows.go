package main

import (
	"bufio"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

func formats() []string { return []string{"table", "json", "ndjson", "csv"} }

// rows writes rows in one of the formats as they come. A table takes its widths from the first of them.
type rows struct {
	format  string
	columns []string // of tables and CSV
	sparse  bool     // have a table leave out the columns that its first rows do not use
	w       *bufio.Writer
	csv     *csv.Writer
	waiting [][]string // of a table, until its widths are known
	widths  []int      // 0 is of a column that is left out
	n       int
}

// tableRows is how many rows tell the widths of a table.
const tableRows = 50

// newRows begins. A row may have more fields than the columns: JSON shows all of them.
func newRows(w io.Writer, format string, columns ...string) (*rows, error) {
	if !slices.Contains(formats(), format) {
		return nil, usage("-o %s: it is %s", format, strings.Join(formats(), ", "))
	}
	r := &rows{format: format, columns: columns, w: bufio.NewWriter(w)}
	switch format {
	case "csv":
		r.csv = csv.NewWriter(r.w)
		return r, r.csv.Write(columns)
	case "table":
		header := make([]string, len(columns))
		for i, c := range columns {
			header[i] = strings.ToUpper(c)
		}
		r.waiting = append(r.waiting, header)
	}
	return r, nil
}

// structured says whether rows are shown with all their fields, under their names.
func (r *rows) structured() bool { return r.format == "json" || r.format == "ndjson" }

// add writes a row.
func (r *rows) add(fields ...muster.Field) error {
	r.n++
	if r.structured() {
		return r.object(fields)
	}
	line := make([]string, len(r.columns))
	for i, c := range r.columns {
		if at := slices.IndexFunc(fields, func(f muster.Field) bool { return f.Name == c }); at >= 0 {
			line[i] = fields[at].Value
		}
	}
	if r.format == "csv" {
		return r.csv.Write(line)
	}
	for i := range line {
		line[i] = printable(line[i])
	}
	if r.widths == nil {
		if r.waiting = append(r.waiting, line); len(r.waiting) > tableRows {
			return r.release()
		}
		return nil
	}
	return r.line(line)
}

func (r *rows) object(fields []muster.Field) error {
	before := ""
	if r.format == "json" {
		before = ",\n "
		if r.n == 1 {
			before = "[\n "
		}
	}
	text := []byte(before + "{")
	for i, f := range fields {
		if i > 0 {
			text = append(text, ", "...)
		}
		var err error
		if text, err = jsontext.AppendQuote(text, f.Name); err != nil {
			return err
		}
		text = append(text, ": "...)
		if text, err = jsontext.AppendQuote(text, f.Value); err != nil {
			return err
		}
	}
	text = append(text, '}')
	if r.format == "ndjson" {
		text = append(text, '\n')
	}
	_, err := r.w.Write(text)
	return err
}

// release writes the rows that waited.
func (r *rows) release() error {
	r.widths = make([]int, len(r.columns))
	for i := range r.columns {
		used := slices.ContainsFunc(r.waiting[1:], func(line []string) bool { return line[i] != "" })
		if r.sparse && !used && len(r.waiting) > 1 {
			continue
		}
		for _, line := range r.waiting {
			r.widths[i] = max(r.widths[i], utf8.RuneCountInString(line[i]))
		}
	}
	for _, line := range r.waiting {
		if err := r.line(line); err != nil {
			return err
		}
	}
	r.waiting = nil
	return nil
}

func (r *rows) line(line []string) error {
	var b strings.Builder
	for i, cell := range line {
		if r.widths[i] > 0 {
			b.WriteString(cell + strings.Repeat(" ", max(0, r.widths[i]-utf8.RuneCountInString(cell))+2))
		}
	}
	_, err := r.w.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	return err
}

// flush shows what has been added, for whoever is watching.
func (r *rows) flush() error {
	if r.format == "table" && r.widths == nil {
		if err := r.release(); err != nil {
			return err
		}
	}
	if r.csv != nil {
		if r.csv.Flush(); r.csv.Error() != nil {
			return r.csv.Error()
		}
	}
	return r.w.Flush()
}

func (r *rows) close() error {
	if r.format == "json" {
		end := "\n]\n"
		if r.n == 0 {
			end = "[]\n"
		}
		if _, err := r.w.WriteString(end); err != nil {
			return err
		}
	}
	return r.flush()
}

// printable keeps what a node reported from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, text)
}
