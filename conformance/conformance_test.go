package conformance

import (
	"flag"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "correct the answers in testdata by what the server answers")

func TestCases(t *testing.T) {
	t.Parallel()
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
			if *update {
				t.Cleanup(func() {
					if err := topic.Save(); err != nil {
						t.Error(err)
					}
				})
			}
			for _, c := range topic.Cases {
				t.Run(c.Name, func(t *testing.T) {
					if !*update { // cases of a topic share its first steps
						t.Parallel()
					}
					s, region := newServer(t, c)
					c.Run(t, s, region, *update)
				})
			}
		})
	}
}
