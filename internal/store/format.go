package store

import (
	"fmt"
	"io/fs"
)

// Migrations gives the texts of migrations/NNNN_what.sql, which count from 1 without a gap. Each takes a store from format NNNN-1 to
// NNNN.
func Migrations(fsys fs.FS) ([]string, error) {
	names, err := fs.Glob(fsys, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	steps := make([]string, len(names))
	for i, name := range names { // in lexical order, as fs.Glob gives them
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		steps[i] = string(text)
	}
	return steps, nil
}

// CheckFormat refuses a store whose format is above the newest that the engine knows.
func CheckFormat(format, newest int) error {
	if format > newest {
		return fmt.Errorf("the store has format %d and was made by a newer muster; this one knows formats up to %d", format, newest)
	}
	return nil
}
