package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/access"
)

// tokenFor is how long a NextToken is good (R6).
const tokenFor = 24 * time.Hour

// tokens makes and reads NextTokens: base64 of a MAC and a cursor. The MAC covers the operation, the space and the parameters of
// the call, so a token is good for the pages of one question only; MaxResults may change between pages.
type tokens struct {
	key []byte
	now func() time.Time
}

// sealed is what a token says.
type sealed[Cursor any] struct {
	Until  int64  `json:"u"` // epoch seconds
	Cursor Cursor `json:"c"`
}

// question is what a token is bound to.
type question struct {
	operation access.Operation
	space     muster.Space
	params    any // the input without NextToken and MaxResults
}

// next makes the token for the page that begins at the cursor.
func next[Cursor any](t tokens, q question, at Cursor) (string, error) {
	text, err := json.Marshal(sealed[Cursor]{t.now().Add(tokenFor).Unix(), at})
	if err != nil {
		return "", err
	}
	mac, err := t.mac(q, text)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(mac, text...)), nil
}

// cursor reads a token; the empty one is the first page's.
func cursor[Cursor any](t tokens, q question, token string) (at Cursor, err error) {
	if token == "" {
		return at, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < sha256.Size || base64.RawURLEncoding.EncodeToString(raw) != token { // the decoder skips line breaks
		return at, muster.ErrInvalidNextToken
	}
	text := raw[sha256.Size:]
	mac, err := t.mac(q, text)
	if err != nil {
		return at, err
	}
	var s sealed[Cursor]
	if !hmac.Equal(mac, raw[:sha256.Size]) || json.Unmarshal(text, &s) != nil || t.now().Unix() >= s.Until {
		return at, muster.ErrInvalidNextToken
	}
	return s.Cursor, nil
}

func (t tokens) mac(q question, text []byte) ([]byte, error) {
	h := hmac.New(sha256.New, t.key)
	if err := json.MarshalWrite(h, []any{q.operation, q.space.Account, q.space.Region, q.params}); err != nil {
		return nil, err
	}
	h.Write([]byte{0}) // JSON has none, so what is bound cannot run into the text
	h.Write(text)
	return h.Sum(nil), nil
}
