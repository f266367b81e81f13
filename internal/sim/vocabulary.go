package sim

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"
)

// vocabulary.txt.gz is a fifth of the packages of Debian 12; vocabulary.sh made it and says how.
//
//go:embed vocabulary.txt.gz
var vocabularyText []byte

// word is one package of the vocabulary.
type word struct {
	name, version, section, architecture string

	usual bool // part of a usual installation
}

// vocabulary gives the words in the order of their names.
func vocabulary() ([]word, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(vocabularyText))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, err
	}
	var words []word
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch {
		case fields[0] == "#":
		case len(fields) < 4:
			return nil, fmt.Errorf("vocabulary: %q has no name, version, section and architecture", line)
		default:
			words = append(words, word{fields[0], fields[1], fields[2], fields[3], len(fields) > 4})
		}
	}
	return words, nil
}
