package muster_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestLinks(t *testing.T) {
	for _, fault := range checkLinks(t, os.DirFS(".")) {
		t.Error(fault)
	}
}

func TestCheckFlags(t *testing.T) {
	for _, fault := range checkFlags(t, os.DirFS(".")) {
		t.Error(fault)
	}
}

var (
	inlineCode = regexp.MustCompile("`[^`]*`")
	inlineLink = regexp.MustCompile(`\[([^\]]*)\]\(<?([^)\s>]+)>?[^)]*\)`)
	linkTarget = regexp.MustCompile(`(?m)^ {0,3}\[[^\]]+\]:\s*(\S+)`)
	heading    = regexp.MustCompile(`^#{1,6} +(.*)`)
	hasScheme  = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
)

// checkLinks returns a line for each link of a Markdown file that leads to no file, or to no heading of that file. Links
// to other sites are not followed: a test that needs the network tests the network.
func checkLinks(t *testing.T, fsys fs.FS) []string {
	var faults []string
	for _, name := range markdownFiles(t, fsys) {
		prose, _ := split(readText(t, fsys, name))
		prose = inlineCode.ReplaceAllString(prose, "")
		var links []string
		for _, match := range inlineLink.FindAllStringSubmatch(prose, -1) {
			links = append(links, match[2])
		}
		for _, match := range linkTarget.FindAllStringSubmatch(prose, -1) {
			links = append(links, match[1])
		}
		for _, link := range links {
			if !hasScheme.MatchString(link) && !leadsSomewhere(t, fsys, name, link) {
				faults = append(faults, fmt.Sprintf("%s: %s leads nowhere", name, link))
			}
		}
	}
	return faults
}

// leadsSomewhere tells whether a relative link in the file from has a target in fsys.
func leadsSomewhere(t *testing.T, fsys fs.FS, from, link string) bool {
	file, anchor, anchored := strings.Cut(link, "#")
	target := from
	if file != "" {
		target = path.Join(path.Dir(from), file)
	}
	if strings.HasPrefix(file, "/") {
		return false
	}
	if _, err := fs.Stat(fsys, target); err != nil {
		return false
	}
	return !anchored || slices.Contains(anchors(readText(t, fsys, target)), anchor)
}

// anchors returns the names by which the headings of a Markdown text can be linked to, as GitHub and others make them:
// lower case, hyphens for spaces, punctuation dropped, repeated ones numbered.
func anchors(text string) []string {
	prose, _ := split(text)
	seen := map[string]int{}
	var names []string
	for line := range strings.Lines(prose) {
		match := heading.FindStringSubmatch(strings.TrimSpace(line))
		if match == nil {
			continue
		}
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, inlineLink.ReplaceAllString(match[1], "$1"))
		seen[name]++
		if n := seen[name]; n > 1 {
			name = fmt.Sprintf("%s-%d", name, n-1)
		}
		names = append(names, name)
	}
	return names
}

// checkFlags returns a line for each ./check command in a Markdown file with a flag that ./check does not know.
func checkFlags(t *testing.T, fsys fs.FS) []string {
	var faults []string
	for _, name := range markdownFiles(t, fsys) {
		_, code := split(readText(t, fsys, name))
		for line := range strings.Lines(code) {
			words := strings.Fields(line)
			if len(words) == 0 || words[0] != "./check" {
				continue
			}
			for _, word := range words[1:] {
				if strings.HasPrefix(word, "--") && !strings.Contains(readText(t, fsys, "check"), word) {
					faults = append(faults, fmt.Sprintf("%s: ./check has no %s", name, word))
				}
			}
		}
	}
	return faults
}

// split parts a Markdown text into what is outside fenced code blocks and what is inside.
func split(text string) (prose, code string) {
	var outside, inside strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "" && (strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~")):
			fence = trimmed[:3]
		case fence == "":
			outside.WriteString(line)
		case trimmed == fence:
			fence = ""
		default:
			inside.WriteString(line)
		}
	}
	return outside.String(), inside.String()
}

// markdownFiles returns the Markdown files below fsys, those of other modules included.
func markdownFiles(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && ignoredByGo(entry.Name()) {
			return fs.SkipDir
		}
		if path.Ext(name) == ".md" {
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readText(t *testing.T, fsys fs.FS, name string) string {
	t.Helper()
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLinksBite(t *testing.T) {
	const guide = "# The guide\n\n## `serve`, and [keys](x.md)\n\n## Again\n\n## Again\n\n```\n# no heading\n```\n"
	for _, c := range []struct {
		name, page string
		want       []string
	}{
		{"good", "[a](docs/guide.md) [b](docs/) [c](docs/guide.md#serve-and-keys) [d](docs/guide.md#again-1) [e](#top \"title\")\n" +
			"![f](<docs/guide.md>) [g](https://example.com/none) [h][h]\n\n# Top\n\n[h]: docs/guide.md#the-guide\n", nil},
		{"code is not prose", "`[a](none.md)`\n```\n[b](none.md)\n```\n~~~sh\n[c](none.md)\n~~~\n", nil},
		{"no file", "[a](docs/none.md)", []string{"README.md: docs/none.md leads nowhere"}},
		{"no file, in an image", "![a](none.png)", []string{"README.md: none.png leads nowhere"}},
		{"no file, by reference", "[a][a]\n\n[a]: none.md\n", []string{"README.md: none.md leads nowhere"}},
		{"no heading", "[a](docs/guide.md#no-heading)", []string{"README.md: docs/guide.md#no-heading leads nowhere"}},
		{"no heading here", "[a](#again)", []string{"README.md: #again leads nowhere"}},
		{"one repetition too many", "[a](docs/guide.md#again-2)", []string{"README.md: docs/guide.md#again-2 leads nowhere"}},
		{"outside the project", "[a](../other.md)", []string{"README.md: ../other.md leads nowhere"}},
		{"absolute", "[a](/docs/guide.md)", []string{"README.md: /docs/guide.md leads nowhere"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := textFS(map[string]string{"README.md": c.page, "docs/guide.md": guide, "docs/x.md": ""})
			if got := checkLinks(t, fsys); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLinksAreRelativeToTheirFile(t *testing.T) {
	fsys := textFS(map[string]string{"README.md": "", "docs/a.md": "[up](../README.md) [down](README.md)"})
	want := []string{"docs/a.md: README.md leads nowhere"}
	if got := checkLinks(t, fsys); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCheckFlagsBite(t *testing.T) {
	fsys := textFS(map[string]string{
		"check":     "--quick) quick ;;",
		"README.md": "```sh\n./check\n./check --quick\n./check --fast\n```\n./check --prose is not a command",
	})
	want := []string{"README.md: ./check has no --fast"}
	if got := checkFlags(t, fsys); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
