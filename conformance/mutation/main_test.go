package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMutationsCanBeMade finds the lines of the list that are no longer in their files, which else only a long run would.
func TestMutationsCanBeMade(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", list))
	if err != nil {
		t.Fatal(err)
	}
	mutations, err := parse(string(text))
	if err != nil || len(mutations) == 0 {
		t.Fatalf("%d mutations, %v", len(mutations), err)
	}
	for _, m := range mutations {
		if _, err := m.apply(filepath.Join("..", "..", m.file)); err != nil {
			t.Errorf("%s: %v", m.title, err)
		}
	}
}
