package ask

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind int

const (
	endOfText tokenKind = iota
	word
	quoted
	mark // an operator, a parenthesis or a comma
)

// token is a word or mark of a filter. Of a quoted word text is what the quotes hold.
type token struct {
	kind tokenKind
	text string
	at   int // byte offset
}

// is says whether the token is a keyword, in any letter case, or a mark. A word in quotes is neither.
func (t token) is(text string) bool {
	return (t.kind == word || t.kind == mark) && strings.EqualFold(t.text, text)
}

// keywords cannot stand for themselves as values, unless in quotes.
func reserved(text string) bool {
	switch strings.ToLower(text) {
	case "and", "or", "not", "has", "lacks", "begins", "with":
		return true
	}
	return false
}

// ends says whether a word that is not in quotes ends before the character.
func ends(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("()=!<>,^", r)
}

// scan takes a text apart. The last token is the end.
func scan(text string) ([]token, error) {
	var tokens []token
	for at := 0; ; {
		rest := strings.TrimLeftFunc(text[at:], unicode.IsSpace)
		at = len(text) - len(rest)
		if rest == "" {
			return append(tokens, token{endOfText, "", at}), nil
		}
		t, size, err := next(rest, at)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		at += size
	}
}

// next reads the first token of a text that does not begin with space.
func next(text string, at int) (t token, size int, err error) {
	for _, m := range []string{"!=", "^=", "<=", ">=", "=", "<", ">", "(", ")", ","} {
		if strings.HasPrefix(text, m) {
			return token{mark, m, at}, len(m), nil
		}
	}
	if first := text[0]; first == '"' || first == '\'' {
		return nextQuoted(text, at)
	}
	end := strings.IndexFunc(text, ends)
	switch {
	case end < 0:
		end = len(text)
	case end == 0:
		return t, 0, &Error{At: at, Text: "there is no operator " + text[:1], Hint: operatorsHint}
	}
	return token{word, text[:end], at}, end, nil
}

// nextQuoted reads up to the closing quote. A backslash takes the meaning from the quote or backslash after it.
func nextQuoted(text string, at int) (t token, size int, err error) {
	var b strings.Builder
	for i := 1; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case byte(r) == text[0] && n == 1:
			return token{quoted, b.String(), at}, i + 1, nil
		case r == '\\' && i+1 < len(text) && strings.ContainsRune(`"'\`, rune(text[i+1])):
			b.WriteByte(text[i+1])
			i += 2
			continue
		}
		b.WriteString(text[i : i+n])
		i += n
	}
	return t, 0, &Error{At: at, Text: "the quote is not closed", Hint: "end the value with " + text[:1]}
}
