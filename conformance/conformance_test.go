package conformance

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"muster/internal/store/postgres/pgtest"
)

var update = flag.Bool("update", false, "correct the answers in testdata by what the server answers")

func TestCases(t *testing.T) {
	t.Parallel()
	runCases(t, *update, func(*testing.T) string { return "" })
}

// TestCasesOnPostgres has the same answers from a server whose store is a PostgreSQL database.
func TestCasesOnPostgres(t *testing.T) {
	t.Parallel()
	if *update || os.Getenv("CONFORMANCE_ENDPOINT") != "" {
		t.Skip("TestCases does it")
	}
	server := pgtest.Start(t)
	runCases(t, false, func(t *testing.T) string { return server.URL(t) })
}

// runCases runs each case on a server of its own, on a store of its own.
func runCases(t *testing.T, update bool, store func(*testing.T) string) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		topic, err := ReadTopic(path)
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(topic.Name, func(t *testing.T) {
			t.Parallel()
			if update {
				t.Cleanup(func() {
					if err := topic.Save(); err != nil {
						t.Error(err)
					}
				})
			}
			for _, c := range topic.Cases {
				t.Run(c.Name, func(t *testing.T) {
					if !update { // cases of a topic share its first steps
						t.Parallel()
					}
					s, region := newServer(t, c, store(t))
					c.Run(t, s, region, update)
				})
			}
		})
	}
}
