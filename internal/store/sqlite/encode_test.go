package sqlite

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"muster"
)

func encodeEntry(e muster.Entry) []byte { return appendFields(nil, e) }

// FuzzEntry: the encoding of an entry gives it back, and two entries have one encoding only if they are equal.
func FuzzEntry(f *testing.F) {
	f.Add("Name", "bash", "Version", "5.2", "Name", "bash", "Version", "5.2")
	f.Add("a", "bc", "", "", "ab", "c", "", "")
	f.Add("a", "\x01b", "c", "", "a", "", "b", "c")
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2, m1, w1, m2, w2 string) {
		e := muster.NewEntry([]muster.Field{{Name: n1, Value: v1}, {Name: n2, Value: v2}})
		other := muster.NewEntry([]muster.Field{{Name: m1, Value: w1}, {Name: m2, Value: w2}})
		body := encodeEntry(e)
		if back, err := decodeEntry(string(body), nil); err != nil || !e.Equal(back) {
			t.Errorf("%q came back as %q, %v", e, back, err)
		}
		if bytes.Equal(body, encodeEntry(other)) != e.Equal(other) {
			t.Errorf("%q and %q: the encodings do not tell whether they are equal", e, other)
		}
	})
}

// FuzzDecodeEntry: whatever bytes decode, the entry they give comes back from its own encoding.
func FuzzDecodeEntry(f *testing.F) {
	f.Add(encodeEntry(muster.Entry{{Name: "Name", Value: "bash"}}))
	f.Add([]byte{0x80, 0x00, 0x00})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := decodeEntry(string(body), nil)
		if err != nil {
			return
		}
		again, err := decodeEntry(string(encodeEntry(e)), nil)
		if err != nil || !slices.Equal(again, e) {
			t.Errorf("%q decoded as %q and then as %q, %v", body, e, again, err)
		}
	})
}

// FuzzContent: ids and volatile values come back, and no byte can change without being noticed.
func FuzzContent(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 1}, uint32(1), []byte("volatile"), uint16(3))
	f.Add([]byte{}, uint32(0), []byte{}, uint16(0))
	f.Add([]byte{255, 0, 255}, uint32(1<<32-256), []byte{0}, uint16(7))
	f.Fuzz(func(t *testing.T, small []byte, base uint32, beside []byte, at uint16) {
		c := &muster.Content{Rows: make([]muster.RowID, len(small)), Split: base, Volatile: beside}
		for i, b := range small {
			c.Rows[i] = max(1, muster.RowID(base+uint32(b)*uint32(i)))
		}
		body := appendSum(encodeContent(c))
		summed, err := checkSum(body)
		if err != nil {
			t.Fatal(err)
		}
		before := []muster.RowID{7}
		rows, split, volatile, err := decodeContent(summed, before)
		if err != nil || !slices.Equal(rows[1:], c.Rows) || rows[0] != 7 || split != c.Split || !bytes.Equal(volatile, beside) {
			t.Fatalf("%v came back as %v, %d, %q, %v", c, rows, split, volatile, err)
		}
		body[int(at)%len(body)] ^= 1 << (at % 8)
		if _, err := checkSum(body); err == nil {
			t.Errorf("a turned bit in %v was not noticed", c)
		}
	})
}

// FuzzHeads: bytes with a right sum, as an older or a wrong muster might write them, are refused or come back the same.
func FuzzHeads(f *testing.F) {
	one := appendHeads(nil, []head{{typeID: 1, position: 7, item: muster.Item{Version: "1.0", Context: muster.Entry{{Name: "a"}}}}})
	f.Add(one[:len(one)-4])
	f.Add([]byte{headFormat, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{2, 0})
	f.Fuzz(func(t *testing.T, unsummed []byte) {
		heads, err := decodeHeads(appendSum(slices.Clone(unsummed)), nil)
		if err != nil {
			return
		}
		again, err := decodeHeads(appendHeads(nil, heads), nil)
		if err != nil || !reflect.DeepEqual(again, heads) {
			t.Errorf("%v came back as %v, %v", heads, again, err)
		}
	})
}

func TestHeads(t *testing.T) {
	t.Parallel()
	want := []head{
		{typeID: 1, position: 1, item: muster.Item{Version: "1.0", Captured: "2026-03-01T12:00:00Z", Hash: "h", Reported: time.Unix(0, 0).UTC()}, slot: 1, pieces: 1},
		{typeID: 1, subType: "with it", position: 1, item: muster.Item{Captured: "2026-03-01T12:00:00Z", Reported: time.Unix(0, 0).UTC()}, short: "a\x00"},
		{typeID: 1, subType: "Patch", position: 1 << 40, item: muster.Item{Context: muster.Entry{{Name: "a", Value: strings.Repeat("x", 300)}}}, slot: lastSlot, pieces: mostPieces},
		{typeID: 1 << 40, item: muster.Item{Reported: time.Date(2026, 3, 1, 12, 0, 0, 1, time.UTC)}},
	}
	got, err := decodeHeads(appendHeads(nil, want), nil)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the heads came back as\n%v, %v, want\n%v", got, err, want)
	}
}

func TestNodeValue(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 1, time.UTC)
	for _, want := range []muster.Node{
		{},
		{Registered: at, Reported: at.Add(time.Hour), Status: muster.Stopped},
		{
			Reporter: muster.Reporter{Fingerprint: "a\xff", Last: at}, Former: muster.Reporter{Fingerprint: strings.Repeat("b", 300)},
			Clone: at, Usage: muster.Usage{Day: "2026-03-01", Bytes: 1 << 40},
		},
		{Ping: &muster.Ping{Last: at, Changed: at.Add(-1), Info: muster.Entry{{Name: "AgentVersion", Value: "3"}, {Name: "ComputerName", Value: strings.Repeat("h", 300)}}}},
		{Ping: &muster.Ping{}},
		{Reported: at, Registration: &muster.Registration{
			Activation: "a", Role: "r", Name: "n", PublicKey: []byte{0, 255}, Fingerprint: "f", RotateKey: true, Ended: at,
		}},
	} {
		value := appendNode([]byte("before"), &want)[len("before"):]
		got, err := decodeNodeValue(value)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("the node came back as\n%v, %v, want\n%v", got, err, want)
		}
		value[len(value)/2] ^= 1
		if _, err := decodeNodeValue(value); err == nil {
			t.Errorf("a turned bit in %v was not noticed", want)
		}
	}
}

func TestContentOfAnImageTakesAByteAnEntry(t *testing.T) {
	t.Parallel()
	ids := make([]muster.RowID, 400)
	for i := range ids {
		ids[i] = muster.RowID(300_000 + i)
	}
	if n := len(encodeContent(&muster.Content{Rows: ids})); n > 410 {
		t.Errorf("400 neighbouring rows take %d bytes", n)
	}
}
