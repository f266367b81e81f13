package server

import (
	"strings"
	"testing"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/ssmapi"
)

var sealedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// sealer is tokens at a moment.
func sealer(at time.Time) tokens {
	return tokens{[]byte("0123456789abcdef0123456789abcdef"), func() time.Time { return at }}
}

func someQuestion() question {
	return question{
		access.GetInventory, muster.Space{Account: "111122223333", Region: "eu-west-1"},
		ssmapi.GetInventoryInput{Filters: ssmapi.List[ssmapi.InventoryFilter]{filter("AWS:Application.Name", "", "bash")}},
	}
}

func TestTokenIsBound(t *testing.T) {
	t.Parallel()
	q := someQuestion()
	token, err := next(sealer(sealedAt), q, nodeCursor{"mi-1"})
	if err != nil {
		t.Fatal(err)
	}
	other := sealer(sealedAt)
	other.key = []byte("another key, of another server..")
	for name, c := range map[string]struct {
		tokens tokens
		change func(*question)
		good   bool
	}{
		"the same question":       {sealer(sealedAt), func(*question) {}, true},
		"a day later":             {sealer(sealedAt.Add(tokenFor - time.Second)), func(*question) {}, true},
		"more than a day later":   {sealer(sealedAt.Add(tokenFor)), func(*question) {}, false},
		"another server's key":    {other, func(*question) {}, false},
		"another operation":       {sealer(sealedAt), func(q *question) { q.operation = access.ListInventoryEntries }, false},
		"another account":         {sealer(sealedAt), func(q *question) { q.space.Account = "444455556666" }, false},
		"another region":          {sealer(sealedAt), func(q *question) { q.space.Region = "eu-west-2" }, false},
		"without parameters":      {sealer(sealedAt), func(q *question) { q.params = ssmapi.GetInventoryInput{} }, false},
		"another filter's value":  {sealer(sealedAt), filtered(filter("AWS:Application.Name", "", "zsh")), false},
		"another filter's type":   {sealer(sealedAt), filtered(filter("AWS:Application.Name", "NotEqual", "bash")), false},
		"a filter more":           {sealer(sealedAt), filtered(filter("AWS:Application.Name", "", "bash"), filter("AWS:Application.Name", "", "bash")), false},
		"region and account swap": {sealer(sealedAt), func(q *question) { q.space = muster.Space{Account: "eu-west-1", Region: "111122223333"} }, false},
	} {
		asked := q
		c.change(&asked)
		at, err := cursor[nodeCursor](c.tokens, asked, token)
		if c.good && (err != nil || at.After != "mi-1") {
			t.Errorf("%s: %v, %v", name, at, err)
		}
		if !c.good && err != muster.ErrInvalidNextToken {
			t.Errorf("%s: %v, %v, want InvalidNextToken", name, at, err)
		}
	}
	if at, err := cursor[nodeCursor](sealer(sealedAt), q, ""); err != nil || at.After != "" {
		t.Errorf("no token: %v, %v", at, err)
	}
}

func filtered(filters ...ssmapi.InventoryFilter) func(*question) {
	return func(q *question) { q.params = ssmapi.GetInventoryInput{Filters: filters} }
}

// FuzzToken: what was sealed comes back, at its time and to its question, and nothing else does.
func FuzzToken(f *testing.F) {
	f.Add("mi-00000000000000001", "AWS:Application.Name", "x", uint16(3), byte('A'), int32(5))
	f.Add("", "", "", uint16(50), byte('='), int32(86399))
	f.Add("é\x00\"", "\\", "AAAA", uint16(60), byte('\n'), int32(86400))
	f.Fuzz(func(t *testing.T, after, key, forged string, at uint16, with byte, seconds int32) {
		want := nodeCursor{muster.NodeID(strings.ToValidUTF8(after, "?"))}
		q := someQuestion()
		q.params = ssmapi.GetInventoryInput{Filters: ssmapi.List[ssmapi.InventoryFilter]{filter(strings.ToValidUTF8(key, "?"), "")}}
		token, err := next(sealer(sealedAt), q, want)
		if err != nil {
			t.Fatal(err)
		}

		later := sealer(sealedAt.Add(time.Duration(seconds) * time.Second))
		got, err := cursor[nodeCursor](later, q, token)
		switch good := seconds < int32(tokenFor/time.Second); {
		case good && (err != nil || got != want):
			t.Errorf("%q came back as %q, %v", want, got, err)
		case !good && err != muster.ErrInvalidNextToken:
			t.Errorf("%d seconds later: %q, %v", seconds, got, err)
		}

		altered := []byte(token)
		altered[int(at)%len(altered)] = with
		for _, other := range []string{string(altered), token[:int(at)%len(token)], token + string(rune(with)), forged, token + forged, forged + token} {
			if other == token || other == "" {
				continue
			}
			if got, err := cursor[nodeCursor](sealer(sealedAt), q, other); err != muster.ErrInvalidNextToken {
				t.Errorf("%q, made of %q, gives %q, %v", other, token, got, err)
			}
		}
		q.params = ssmapi.GetInventoryInput{Filters: ssmapi.List[ssmapi.InventoryFilter]{filter(strings.ToValidUTF8(key, "?")+"x", "")}}
		if _, err := cursor[nodeCursor](sealer(sealedAt), q, token); err != muster.ErrInvalidNextToken {
			t.Errorf("with another filter: %v", err)
		}
	})
}
