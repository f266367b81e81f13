package codec

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"muster"
)

// TestBytes holds what is stored to the bytes that docs/format.md gives: files have them.
func TestBytes(t *testing.T) {
	t.Parallel()
	entry := AppendEntry(nil, muster.Entry{{Name: "a", Value: "bc"}, {Name: "d"}})
	content := AppendContent(nil, &muster.Content{Split: 300, Rows: []muster.RowID{5, 6, 4}, Volatile: []byte("v")})
	for _, c := range []struct{ got, want string }{
		{string(entry), "\x01a\x02bc\x01d\x00"},
		{string(content), "\xac\x02\x03\x0a\x02\x03v"},
	} {
		if c.got != c.want {
			t.Errorf("the bytes are %q, want %q", c.got, c.want)
		}
	}
	if got := EntryHash([]byte("abc")); got != 0xba7816bf8f01cfea { // the example of FIPS 180-2
		t.Errorf("the hash is %x", got)
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	for ns, want := range map[int64]time.Time{-1 << 63: {}, 0: time.Unix(0, 0).UTC(), -1: time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC)} {
		if got := Time(ns); !got.Equal(want) || Nanoseconds(want) != ns {
			t.Errorf("%d is %v, and %v is %d", ns, got, want, Nanoseconds(want))
		}
	}
}

// FuzzEntry: the encoding of an entry gives it back, and two entries have one encoding only if they are equal.
func FuzzEntry(f *testing.F) {
	f.Add("Name", "bash", "Version", "5.2", "Name", "bash", "Version", "5.2")
	f.Add("a", "bc", "", "", "ab", "c", "", "")
	f.Add("a", "\x01b", "c", "", "a", "", "b", "c")
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2, m1, w1, m2, w2 string) {
		e := muster.NewEntry([]muster.Field{{Name: n1, Value: v1}, {Name: n2, Value: v2}})
		other := muster.NewEntry([]muster.Field{{Name: m1, Value: w1}, {Name: m2, Value: w2}})
		body := AppendEntry(nil, e)
		if back, err := DecodeEntry(string(body), nil); err != nil || !e.Equal(back) {
			t.Errorf("%q came back as %q, %v", e, back, err)
		}
		if bytes.Equal(body, AppendEntry(nil, other)) != e.Equal(other) {
			t.Errorf("%q and %q: the encodings do not tell whether they are equal", e, other)
		}
	})
}

// FuzzDecodeEntry: whatever bytes decode, the entry they give comes back from its own encoding.
func FuzzDecodeEntry(f *testing.F) {
	f.Add(AppendEntry(nil, muster.Entry{{Name: "Name", Value: "bash"}}))
	f.Add([]byte{0x80, 0x00, 0x00})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := DecodeEntry(string(body), nil)
		if err != nil {
			return
		}
		again, err := DecodeEntry(string(AppendEntry(nil, e)), nil)
		if err != nil || !slices.Equal(again, e) {
			t.Errorf("%q decoded as %q and then as %q, %v", body, e, again, err)
		}
	})
}

// FuzzContent: ids and volatile values come back.
func FuzzContent(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 1}, uint32(1), []byte("volatile"))
	f.Add([]byte{}, uint32(0), []byte{})
	f.Add([]byte{255, 0, 255}, uint32(1<<32-256), []byte{0})
	f.Fuzz(func(t *testing.T, small []byte, base uint32, beside []byte) {
		c := &muster.Content{Rows: make([]muster.RowID, len(small)), Split: base, Volatile: beside}
		for i, b := range small {
			c.Rows[i] = max(1, muster.RowID(base+uint32(b)*uint32(i)))
		}
		body := AppendContent([]byte("before"), c)[len("before"):]
		got, err := DecodeContent(body)
		if err != nil || !slices.Equal(got.Rows, c.Rows) || got.Split != c.Split || !bytes.Equal(got.Volatile, beside) {
			t.Fatalf("%v came back as %v, %v", c, got, err)
		}
		if want := string(AppendContent(nil, c)); got.Packed != want {
			t.Fatalf("%v packed is %q, want %q", c, got.Packed, want)
		}
	})
}

func TestContentOfAnImageTakesAByteAnEntry(t *testing.T) {
	t.Parallel()
	ids := make([]muster.RowID, 400)
	for i := range ids {
		ids[i] = muster.RowID(300_000 + i)
	}
	if n := len(AppendContent(nil, &muster.Content{Rows: ids})); n > 410 {
		t.Errorf("400 neighbouring rows take %d bytes", n)
	}
}
