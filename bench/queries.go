package main

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

// The files of queries/ have, for one form of the inventory each, its schema, its indexes, which are made after loading, and a
// query for each question, by the question's id.
//
//go:embed queries
var queryFiles embed.FS

// readQueries gives the sections of a file by name. The node is the number of the one whose entries are asked for.
func readQueries(file string, node int) (map[string]string, error) {
	text, err := queryFiles.ReadFile("queries/" + file + ".sql")
	if err != nil {
		return nil, err
	}
	fill := strings.NewReplacer("{name}", quote(askedName), "{version}", quote(askedVersion), "{node}", strconv.Itoa(node))
	queries := map[string]string{}
	for _, section := range strings.Split(string(text), "-- name: ")[1:] {
		name, body, _ := strings.Cut(section, "\n")
		queries[name] = strings.TrimSpace(fill.Replace(body))
	}
	for _, name := range []string{"schema", "indexes"} {
		if queries[name] == "" {
			return nil, fmt.Errorf("%s.sql has no section %s", file, name)
		}
	}
	return queries, nil
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
