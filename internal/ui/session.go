package ui

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"muster"
	"muster/internal/access"
	"muster/internal/fleet"
)

// sessionFor is how long somebody stays signed in.
const sessionFor = 12 * time.Hour

const sessionCookie = "muster-session"

// sessions makes and reads what a browser keeps of a session: base64 of a MAC and of what it covers, the end of the session, a
// random number and the id of the access key. Nothing is stored, and every server on the store can read it, after a restart too.
// The key is looked up at each request, and its secret is under the MAC: a session ends with its key.
type sessions struct {
	key   []byte
	fleet *fleet.Fleet
	now   func() time.Time
}

// session is somebody who has signed in.
type session struct {
	caller access.Caller // in no region yet
	csrf   string        // what every form that changes something has to say
}

// The parts of a session's claim: when it ends, in seconds since 1970, and what tells it from others of the key.
const (
	claimEnd    = 8
	claimRandom = 16
	claimHead   = claimEnd + claimRandom
)

// begin gives the cookie's value for somebody who has shown the key.
func (s sessions) begin(keyID string, k muster.AccessKey) string {
	claim := binary.BigEndian.AppendUint64(nil, uint64(s.now().Add(sessionFor).Unix()))
	claim = append(claim, make([]byte, claimRandom)...)
	rand.Read(claim[claimEnd:]) // never fails
	claim = append(claim, keyID...)
	return base64.RawURLEncoding.EncodeToString(append(s.mac("session", claim, k), claim...))
}

// of gives the session that a request belongs to.
func (s sessions) of(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || len(raw) <= sha256.Size+claimHead {
		return session{}, false
	}
	claim := raw[sha256.Size:]
	keyID := string(claim[claimHead:])
	k, known := s.fleet.Lookup(keyID)
	if !known || !maySignIn(k) || !hmac.Equal(raw[:sha256.Size], s.mac("session", claim, k)) {
		return session{}, false
	}
	if s.now().Unix() >= int64(binary.BigEndian.Uint64(claim)) {
		return session{}, false
	}
	return session{
		caller: access.Caller{KeyID: keyID, Role: k.Role, Space: muster.Space{Account: k.Account}},
		csrf:   base64.RawURLEncoding.EncodeToString(s.mac("csrf", claim, k)),
	}, true
}

// mac authenticates a claim for one purpose, as long as the key is what it is.
func (s sessions) mac(purpose string, claim []byte, k muster.AccessKey) []byte {
	h := hmac.New(sha256.New, s.key)
	for _, part := range [][]byte{[]byte(purpose), claim, []byte(k.Account), []byte(k.Secret)} {
		h.Write(binary.AppendUvarint(nil, uint64(len(part)))) // so that no part runs into the next
		h.Write(part)
	}
	return h.Sum(nil)
}

// mayPost says whether a form was given to this session.
func (s session) mayPost(csrf string) bool {
	return subtle.ConstantTimeCompare([]byte(csrf), []byte(s.csrf)) == 1
}

// maySignIn is true of people's keys: a node's can see nothing.
func maySignIn(k muster.AccessKey) bool {
	return k.Role == muster.RoleAdmin || k.Role == muster.RoleRead
}

// shown says whether the key exists and this is its secret. It takes as long whether or not there is such a key, and whatever part
// of the secret is right.
func (s sessions) shown(keyID, secret string) (muster.AccessKey, bool) {
	k, known := s.fleet.Lookup(keyID)
	have, want := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(k.Secret))
	same := subtle.ConstantTimeCompare(have[:], want[:]) == 1
	return k, same && known && k.Secret != ""
}

// setCookie gives the browser a session, or with an empty value takes it away. Path and SameSite keep it to requests that our own
// pages make.
func setCookie(w http.ResponseWriter, r *http.Request, value string) {
	c := &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: overTLS(r),
		MaxAge: int(sessionFor / time.Second),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// overTLS says whether the browser speaks TLS, be it to a proxy in front. Who lies about it only harms his own cookie.
func overTLS(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}
