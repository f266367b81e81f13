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

// FuzzSum: no bit of what is summed can turn without being noticed.
func FuzzSum(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 1}, uint16(3))
	f.Add([]byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, body []byte, at uint16) {
		blob := appendSum(slices.Clone(body))
		summed, err := checkSum(blob)
		if err != nil || !bytes.Equal(summed, body) {
			t.Fatalf("%v came back as %v, %v", body, summed, err)
		}
		blob[int(at)%len(blob)] ^= 1 << (at % 8)
		if _, err := checkSum(blob); err == nil {
			t.Errorf("a turned bit in %v was not noticed", body)
		}
	})
}

// FuzzHeads: bytes with a right sum, as an older or a wrong muster might write them, are refused or come back the same.
func FuzzHeads(f *testing.F) {
	one := appendHeads(nil, []head{{typeID: 1, position: 7, item: muster.Item{Version: "1.0", Context: muster.Entry{{Name: "a"}}}}})
	f.Add(one[:len(one)-4])
	f.Add([]byte{headFormat, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{headFormat + 1, 0})
	f.Add([]byte(headsOfFormat1[:len(headsOfFormat1)-4]))
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

// headsOfFormat1 is what muster wrote before it kept sums as such, of an item whose hash is a sum and one whose hash is not.
const headsOfFormat1 = "\x01\x02\x01\x00\x00\a\x142026-03-01T12:00:00Z\x80\x80\xb4\xbd\xb6\xf6\xda\x981\x031.1@" + digits +
	"\x00\x00\x02\x00\x00\x02\x00\x01\x031.0\x01h\x00\x00\x02\x00\x00\x9af\xd6\xc8"

const digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestHeadsOfFormat1(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	item := muster.Item{Version: "1.1", Captured: "2026-03-01T12:00:00Z", Reported: at, Hash: digits}
	other := muster.Item{Version: "1.0", Captured: item.Captured, Reported: at, Hash: "h"}
	want := []head{{typeID: 1, position: 7, item: item, short: "\x00\x00"}, {typeID: 2, position: 7, item: other, short: "\x00\x00"}}
	if got, err := decodeHeads([]byte(headsOfFormat1), nil); err != nil || !reflect.DeepEqual(got, want) {
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
