package sqlite

import (
	"bytes"
	"fmt"
	"testing"

	"muster"
)

// FuzzBlock: a block that was written with some rows removed comes back with the others, and no bit can change unnoticed.
func FuzzBlock(f *testing.F) {
	f.Add([]byte("abc"), uint16(3), uint16(1), uint16(9))
	f.Add([]byte{}, uint16(1), uint16(7), uint16(0))
	f.Add(bytes.Repeat([]byte("package"), 100), uint16(300), uint16(2), uint16(77))
	zip, err := newEncoder()
	if err != nil {
		f.Fatal(err)
	}
	unzip, err := newDecoder()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, n, every, turned uint16) {
		const first = 1000
		n = n%500 + 1
		body := func(i muster.RowID) []byte { return append(text[:len(text):len(text)], fmt.Sprint(i)...) }
		b := &block{first: first}
		for i := range muster.RowID(n) {
			b.add(uint64(i)+1, body(first+i))
		}
		removed := func(id muster.RowID) bool { return every > 0 && id%muster.RowID(every) == 0 }
		for id := muster.RowID(first); id < first+muster.RowID(n); id++ {
			if removed(id) && b.remove(id) != uint64(id-first)+1 {
				t.Fatalf("row %d had another hash", id)
			}
		}
		hashes, stored := b.encode(zip)
		back, err := decodeBlock(first, hashes, stored, unzip)
		if err != nil {
			t.Fatal(err)
		}
		for id := muster.RowID(first - 1); id <= first+muster.RowID(n); id++ {
			want := id >= first && id < first+muster.RowID(n) && !removed(id)
			if back.has(id) != want || b.has(id) != want {
				t.Errorf("the block has row %d: %v, want %v", id, back.has(id), want)
			} else if want && !bytes.Equal(back.body(id), body(id)) {
				t.Errorf("row %d is %q", id, back.body(id))
			}
		}
		for _, part := range [][]byte{hashes, stored} {
			at := int(turned) % len(part)
			part[at] ^= 1 << (turned % 8)
			if _, err := decodeBlock(first, hashes, stored, unzip); err == nil {
				t.Errorf("a turned bit at %d was not noticed", at)
			}
			part[at] ^= 1 << (turned % 8)
		}
	})
}

func TestRecentBlocks(t *testing.T) {
	t.Parallel()
	r := recent[int64, *block]{bound: recentBlockBytes}
	big := func() *block { return &block{text: make([]byte, recentBlockBytes/8)} }
	asked := big()
	r.put(1, asked)
	r.put(2, big())
	for key := range int64(20) {
		r.put(10+key, big())
		if r.get(1) != asked {
			t.Fatalf("after %d others, a block that was put each time is gone", key+1)
		}
		r.put(1, asked)
	}
	if r.get(2) != nil {
		t.Error("a block that was put once is still there")
	}
	if len(r.now)+len(r.before) > 10 {
		t.Errorf("there are %d and %d blocks of an eighth", len(r.now), len(r.before))
	}
	r.drop(1)
	if r.get(1) != nil {
		t.Error("a dropped block is still there")
	}
}
