package fleet

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"time"

	"muster"
)

// Session is keys that a node may use for a while.
type Session struct {
	AccessKeyID string
	Secret      string
	Token       string
	Until       time.Time
}

// machineKey is the secret that sessions are made of. All servers on one store share it, so that what one of them has issued is
// good on each, and after a restart, and nothing of a session need be stored.
type machineKey []byte

// machineKeySetting names it.
const machineKeySetting = "machine-key"

func (f *Fleet) machineKey(ctx context.Context) (machineKey, error) {
	return f.sharedKey(ctx, machineKeySetting)
}

// sum authenticates the parts, for one purpose.
func (k machineKey) sum(purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, k)
	var b []byte
	for _, part := range append([]string{purpose}, parts...) {
		b = append(binary.AppendUvarint(b[:0], uint64(len(part))), part...) // so that no part runs into the next
		mac.Write(b)
	}
	return mac.Sum(nil)
}

// tokenHead is the length of what a token says before the node's id: when it ends, in seconds since 1970.
const tokenHead = 8

// session makes the session that says this. It is bound to the node as it was registered then, so that it ends with the
// registration; claim is the time and the node's id as the token has them.
func (k machineKey) session(claim string, space muster.Space, registered muster.Nanos) Session {
	parts := []string{claim, string(space.Account), string(space.Region), string(binary.AppendVarint(nil, int64(registered)))}
	mac := k.sum("token", parts...)
	return Session{
		AccessKeyID: "ASIA" + base32.StdEncoding.EncodeToString(mac[:10]),
		Secret:      base64.StdEncoding.EncodeToString(k.sum("secret", parts...)[:30]),
		Token:       base64.RawURLEncoding.EncodeToString(append(mac, claim...)),
		Until:       time.Unix(int64(binary.BigEndian.Uint64([]byte(claim))), 0).UTC(),
	}
}

// readToken gives what a token claims. The caller makes the session that it claims to be of, and compares.
func readToken(token string) (claim string, node muster.NodeID, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) <= sha256.Size+tokenHead {
		return "", "", false
	}
	claim = string(raw[sha256.Size:])
	return claim, muster.NodeID(claim[tokenHead:]), true
}

// newSession gives the node keys for the time that sessions last. It is the caller who knows that it is registered.
func (f *Fleet) newSession(ctx context.Context, space muster.Space, id muster.NodeID, registered muster.Nanos) (Session, error) {
	key, err := f.machineKey(ctx)
	if err != nil {
		return Session{}, err
	}
	until := f.Now().Add(f.SessionFor).Unix()
	claim := string(binary.BigEndian.AppendUint64(nil, uint64(until))) + string(id)
	return key.session(claim, space, registered), nil
}

// Session gives the key of the session with this token, in the region that the caller signed for. The role is RoleFormer if the
// node was deregistered since; ErrExpiredToken says that the session is over, ErrUnrecognizedClient that there is none.
func (f *Fleet) Session(accessKeyID, token string, region muster.Region) (muster.AccessKey, error) {
	claim, node, ok := readToken(token)
	if !ok {
		return muster.AccessKey{}, muster.ErrUnrecognizedClient
	}
	key, space, registered, role := f.state.Load().machine(node)
	if key == nil || space.Region != region {
		return muster.AccessKey{}, muster.ErrUnrecognizedClient
	}
	s := key.session(claim, space, registered)
	if !hmac.Equal([]byte(s.Token), []byte(token)) || s.AccessKeyID != accessKeyID {
		return muster.AccessKey{}, muster.ErrUnrecognizedClient
	}
	if !f.Now().Before(s.Until) {
		return muster.AccessKey{}, muster.ErrExpiredToken
	}
	if role == muster.RoleMachine {
		role = muster.RoleNode
	}
	return muster.AccessKey{Secret: s.Secret, Account: space.Account, Role: role, Node: node}, nil
}
