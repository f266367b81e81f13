package sqlite

import (
	"reflect"
	"strings"
	"testing"

	"muster"
)

// TestHashes: whatever the hash is, it comes back as it was, and in less room if it is a sum.
func TestHashes(t *testing.T) {
	t.Parallel()
	heads := func(hash string) []head {
		heads := make([]head, 2)
		heads[0].put(&muster.Item{Hash: "a text"}, 1)
		heads[1].put(&muster.Item{Hash: muster.ContentHash(hash)}, 1)
		return heads
	}
	size := func(hash string) int { return len(appendHeads(nil, heads(hash))) }
	for hash, saved := range map[string]int{
		"":                         0,
		"h":                        0,
		digits:                     32,
		digits[:32]:                16, // a MD5
		digits[:63]:                0,
		digits + "0":               0,
		strings.Repeat(digits, 4):  128 - 1, // the length of the sum takes two bytes, too
		digits[:63] + "F":          16,      // which base64 might be
		digits[:62] + "g-":         0,
		strings.Repeat("\x00", 64): 0,

		"1B2M2Y8AsgTpgAmY7PhCfg==":                     8, // of the agent
		"1B2M2Y8AsgTpgAmY7PhCfh==":                     0, // which has bits that are of no byte
		"1B2M2Y8AsgTpgAmY7PhCfg":                       0,
		"1B2M2Y8AsgTpgAmY7PhC\nfg==":                   0,
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=": 12,
		"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=": 0,
	} {
		want := append(heads(hash), heads(hash)...)
		got, err := decodeHeads(appendHeads(nil, want), nil)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("the hash %q came back as %v, %v", hash, got, err)
		}
		if room := size("") + len(hash) - size(hash); room != saved {
			t.Errorf("the hash %q takes %d bytes less than its length, want %d", hash, room, saved)
		}
	}
}

// FuzzHash: no two hashes are packed alike.
func FuzzHash(f *testing.F) {
	for _, hash := range []string{"", "h", digits, strings.ToUpper(digits), "1B2M2Y8AsgTpgAmY7PhCfg==", "AA=="} {
		f.Add(hash)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		packed := packHash(muster.ContentHash(hash))
		if packed.form == hashAsText {
			return
		}
		if got, _ := packed.write([]byte("others")); string(got) != hash {
			t.Errorf("%q came back as %q, from %v", hash, got, packed)
		}
	})
}
