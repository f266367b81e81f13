package volatile

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"muster"
)

func entry(pairs ...string) muster.Entry {
	var fields []muster.Field
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, muster.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return muster.NewEntry(fields)
}

func TestSplitAndMerge(t *testing.T) {
	t.Parallel()
	entries := []muster.Entry{
		entry("Name", "bash", "Time", "2024-05-06T07:08:09Z", "Size", "12", "Mac", "0a:0b"),
		entry("Name", "curl", "Time", "2024-05-06T07:08:11Z", "Size", "7", "Mac", "0a:0c"),
		entry("Name", "dash", "Time", "2024-05-06T07:08:09Z", "Size", "0"),
		entry(),
	}
	tests := map[string]struct {
		attributes []string
		stable     muster.Entry // of the first
		most       int          // bytes
	}{
		"nothing":      {nil, entries[0], 0},
		"not there":    {[]string{"Colour"}, entries[0], 0},
		"a time":       {[]string{"Time"}, entry("Name", "bash", "Size", "12", "Mac", "0a:0b"), 11},
		"a number":     {[]string{"Size"}, entry("Name", "bash", "Time", "2024-05-06T07:08:09Z", "Mac", "0a:0b"), 7},
		"a text":       {[]string{"Mac"}, entry("Name", "bash", "Time", "2024-05-06T07:08:09Z", "Size", "12"), 14},
		"all, at once": {[]string{"Mac", "Name", "Size", "Time"}, entry(), 55},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			stable, packed := split(tt.attributes, entries)
			if !stable[0].Equal(tt.stable) {
				t.Errorf("stable part %v, want %v", stable[0], tt.stable)
			}
			if len(packed) > tt.most {
				t.Errorf("packed into %d bytes, want at most %d", len(packed), tt.most)
			}
			checkMerged(t, tt.attributes, entries, stable, packed)
		})
	}
}

// split gives both parts of entries.
func split(attributes []string, entries []muster.Entry) (stable []muster.Entry, packed []byte) {
	for _, e := range entries {
		stable = append(stable, AppendStable(nil, attributes, e))
	}
	return stable, Pack(attributes, entries)
}

func checkMerged(t *testing.T, attributes []string, entries, stable []muster.Entry, packed []byte) {
	t.Helper()
	columns, err := Open(attributes, packed, len(entries), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if got := Merge(stable[i], columns, i); !got.Equal(e) {
			t.Fatalf("entry %d: got %q, want %q", i, got, e)
		}
	}
}

func TestOpenOneColumn(t *testing.T) {
	t.Parallel()
	attributes := []string{"A", "B"}
	_, packed := split(attributes, []muster.Entry{entry("A", "1", "B", "x"), entry("B", "y")})
	columns, err := Open(attributes, packed, 2, func(name string) bool { return name == "B" })
	if err != nil || len(columns) != 1 || columns[0].Name != "B" {
		t.Fatalf("got %v, %v", columns, err)
	}
	if v, ok := columns[0].Get(1); v != "y" || !ok {
		t.Errorf("got %q, %v", v, ok)
	}
}

// TestFewOthersCostLittle: an empty time here and there does not turn the times into texts.
func TestFewOthersCostLittle(t *testing.T) {
	t.Parallel()
	var entries, without []muster.Entry
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 100 {
		value := printTime(1_700_000_000 + r.Int64N(1<<20))
		without = append(without, entry("A", value))
		if i%10 == 3 {
			value = ""
		}
		entries = append(entries, entry("A", value))
	}
	stable, packed := split([]string{"A"}, entries)
	checkMerged(t, []string{"A"}, entries, stable, packed)
	if _, all := split([]string{"A"}, without); len(packed) > len(all)+len(entries)/8+8 {
		t.Errorf("%d bytes with others, %d without", len(packed), len(all))
	}
}

// TestClusters: times of a few afternoons take two bytes each.
func TestClusters(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	var entries []muster.Entry
	for range 400 {
		entries = append(entries, entry("A", printTime(1_700_000_000+r.Int64N(8)*2_000_000+r.Int64N(7200))))
	}
	stable, packed := split([]string{"A"}, entries)
	checkMerged(t, []string{"A"}, entries, stable, packed)
	if len(packed) > 2*len(entries)+64 {
		t.Errorf("%d bytes for %d times", len(packed), len(entries))
	}
}

// FuzzClusters: numbers of any size come back, and any bytes are numbers or damage.
func FuzzClusters(f *testing.F) {
	f.Add([]byte{0, 7, 1, 1}, uint8(2), uint8(60))
	f.Add([]byte{1, 10, 2, 1, 1, 1, 255, 255, 3}, uint8(9), uint8(3))
	f.Fuzz(func(t *testing.T, body []byte, n, shift uint8) {
		unpackClusters(make([]int64, n), body)
		var list []int64
		for i := range len(body) / 2 {
			list = append(list, int64(body[2*i])<<(shift%56)+int64(body[2*i+1]))
		}
		packed, ok := packClusters(list)
		got := make([]int64, len(list))
		if ok && (!unpackClusters(got, packed) || !slices.Equal(got, list)) {
			t.Errorf("%v came back as %v", list, got)
		}
	})
}

// FuzzSplit: whatever the values are, they come back as they were; and damaged bytes are noticed or give other values, but no
// panic.
func FuzzSplit(f *testing.F) {
	f.Add("A=1\nB=x\n\nA=2\n\nB=2024-02-30T00:00:00Z\n", uint16(3), byte(7))
	f.Add("A=0\n\nA=01\n\nA=-1\n\nA=9223372036854775807\n\nA=0", uint16(0), byte(1))
	f.Add("A=2024-01-02T03:04:05Z\n\nA=\n\nB=1\n\nA=2024-01-02T03:04:06Z\n\nA=never\n\nA=2025-01-02T03:04:05Z\n\nA=2025-01-02T03:04:05Z\nB=1\n\nB=x\n\nB=1", uint16(11), byte(0x40))
	f.Add("A=2024-01-02T03:04:05Z\n\nA=1969-12-31T23:59:59Z\n\nA=9999-12-31T23:59:59Z", uint16(9), byte(0x80))
	f.Fuzz(func(t *testing.T, text string, at uint16, flip byte) {
		var entries []muster.Entry
		for paragraph := range strings.SplitSeq(text, "\n\n") {
			var pairs []string
			for line := range strings.SplitSeq(paragraph, "\n") {
				if name, value, ok := strings.Cut(line, "="); ok {
					pairs = append(pairs, name, value)
				}
			}
			entries = append(entries, entry(pairs...))
		}
		attributes := []string{"A", "B"}
		stable, packed := split(attributes, entries)
		checkMerged(t, attributes, entries, stable, packed)
		if len(packed) > 0 {
			packed[int(at)%len(packed)] ^= flip
			if columns, err := Open(attributes, packed, len(entries), nil); err == nil {
				Merge(stable[0], columns, 0)
			}
		}
	})
}

func TestLearn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		node func(r *rand.Rand, node int) []muster.Entry
		want []string
	}{
		"packages installed at any time": {func(r *rand.Rand, _ int) []muster.Entry {
			return packages(r, func() string { return printTime(r.Int64N(1 << 30)) })
		}, []string{"InstalledTime"}},
		"packages of a few images": {func(r *rand.Rand, node int) []muster.Entry {
			image := rand.New(rand.NewPCG(1, uint64(node%30)))
			return packages(r, func() string { return printTime(image.Int64N(1 << 30)) })
		}, []string{"InstalledTime"}},
		"packages without a time": {func(r *rand.Rand, _ int) []muster.Entry {
			return packages(r, func() string { return "" })
		}, nil},
		"certificates of which a few are everywhere": {func(r *rand.Rand, node int) []muster.Entry {
			entries := []muster.Entry{entry("Path", "own.pem", "Serial", fmt.Sprint("s", node), "NotAfter", printTime(r.Int64N(1<<30)))}
			for i := range 9 {
				entries = append(entries, entry("Path", fmt.Sprint("root-", i), "Serial", fmt.Sprint("r", i), "NotAfter", printTime(int64(i))))
			}
			return entries
		}, []string{"NotAfter", "Serial"}},
		"interfaces": {func(r *rand.Rand, node int) []muster.Entry {
			return []muster.Entry{entry("Name", "eth0", "MAC", fmt.Sprint("m", node), "IPV4", fmt.Sprint("10.", node), "Gateway", "10.0.0.1")}
		}, []string{"IPV4", "MAC"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(7, 7))
			var sample []muster.Entry
			for node := range 600 {
				sample = append(sample, tt.node(r, node)...)
			}
			if got := Learn(sample); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// packages are a hundred of those that a node has, in one of three versions, with whatever time they were installed.
func packages(r *rand.Rand, installed func() string) []muster.Entry {
	var entries []muster.Entry
	for p := range 100 {
		name, version := fmt.Sprint("package-", p), fmt.Sprint("1.", r.IntN(3))
		entries = append(entries, entry("Name", name, "Version", version, "PackageId", name+"_"+version, "InstalledTime", installed()))
	}
	return entries
}
