package volatile

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A packed column is its length, then a byte for its form, then, if the form has the bit, a bit for each entry that lacks the
// attribute, then the values that there are, in the smallest of the forms that gives each back exactly:
//
//	same     one text, for all
//	times    RFC 3339 in UTC to the second, as differences of seconds
//	numbers  whole decimal numbers without sign, leading zero or blank, as differences
//	texts    each as the length that it shares with the one before, and the rest
//
// Times and numbers that lie in clusters are packed by these, if that takes less than the differences.
//
// Among times or numbers there may be a few that are neither, such as an empty text for what never was. If the form has the bit,
// the values begin with a bit for each that is different, and the length of the texts of those, and these.
type form byte

const (
	same form = iota
	times
	numbers
	texts

	inClusters form = 0x20
	withOthers form = 0x40
	withAbsent form = 0x80
)

// column gathers the values of one attribute.
type column struct {
	values  []string // those that are present
	absent  []bool
	missing int
}

// grow makes room for the values of so many entries.
func (c *column) grow(entries int) {
	c.values, c.absent = make([]string, 0, entries), make([]bool, 0, entries)
}

func (c *column) add(value string, ok bool) {
	c.absent = append(c.absent, !ok)
	if !ok {
		c.missing++
		return
	}
	c.values = append(c.values, value)
}

func (c *column) append(to []byte) []byte {
	f, body := pack(c.values)
	head := []byte{byte(f)}
	if c.missing > 0 {
		head[0] |= byte(withAbsent)
		head = append(head, bitmap(c.absent)...)
	}
	to = binary.AppendUvarint(to, uint64(len(head)+len(body)))
	return append(append(to, head...), body...)
}

func pack(values []string) (form, []byte) {
	if len(values) == 0 || !slices.ContainsFunc(values, func(v string) bool { return v != values[0] }) {
		return same, []byte(strings.Join(values[:min(1, len(values))], ""))
	}
	if with, body, ok := packNumbers(values, parseTime); ok {
		return times | with, body
	}
	if with, body, ok := packNumbers(values, parseNumber); ok {
		return numbers | with, body
	}
	return texts, packTexts(values)
}

func packTexts(values []string) (body []byte) {
	before := ""
	for _, v := range values {
		shared := sharedPrefix(before, v)
		body = binary.AppendUvarint(body, uint64(shared))
		body = binary.AppendUvarint(body, uint64(len(v)-shared))
		body = append(body, v[shared:]...)
		before = v
	}
	return body
}

// packNumbers says false if too many of the values are not what parse reads.
func packNumbers(values []string, parse func(string) (int64, bool)) (with form, body []byte, ok bool) {
	numbers := make([]int64, 0, len(values))
	var odd []string
	isOdd := make([]bool, len(values))
	for i, v := range values {
		if n, ok := parse(v); ok {
			numbers = append(numbers, n)
			continue
		}
		odd = append(odd, v)
		isOdd[i] = true
		if 2*len(odd) >= len(values) {
			return 0, nil, false
		}
	}
	before := int64(0)
	for _, n := range numbers {
		body = binary.AppendVarint(body, n-before)
		before = n
	}
	if packed, ok := packClusters(numbers); ok && len(packed) < len(body) {
		with, body = inClusters, packed
	}
	if len(odd) == 0 {
		return with, body, true
	}
	packedOdd := packTexts(odd)
	head := binary.AppendUvarint(bitmap(isOdd), uint64(len(packedOdd)))
	return with | withOthers, slices.Concat(head, packedOdd, body), true
}

// parseTime takes what printTime gives back, and nothing else.
func parseTime(s string) (int64, bool) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0, false
	}
	n := t.Unix()
	if string(appendTime(make([]byte, 0, len(time.RFC3339)), n)) != s {
		return 0, false
	}
	return n, true
}

func printTime(n int64) string { return string(appendTime(nil, n)) }

func appendTime(to []byte, n int64) []byte {
	return time.Unix(n, 0).UTC().AppendFormat(to, time.RFC3339)
}

func parseNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, false
	}
	return n, true
}

func printNumber(n int64) string { return strconv.FormatInt(n, 10) }

// unpack reads a column of n entries.
func (c *Column) unpack(body []byte, n int) error {
	if len(body) == 0 {
		return ErrDamaged
	}
	f := form(body[0])
	body = body[1:]
	present := n
	if f&withAbsent != 0 {
		if len(body) < (n+7)/8 {
			return ErrDamaged
		}
		c.absent = make([]bool, n)
		for i := range c.absent {
			if body[i/8]>>(i%8)&1 != 0 {
				c.absent[i] = true
				present--
			}
		}
		body = body[(n+7)/8:]
	}
	values, ok := c.unpackValues(f&^withAbsent, body, present)
	if !ok {
		return ErrDamaged
	}
	if c.absent == nil {
		c.values = values
		return nil
	}
	c.values = make([]cell, n)
	for i, absent := range c.absent {
		if !absent {
			c.values[i], values = values[0], values[1:]
		}
	}
	return nil
}

// unpackValues gives exactly so many values, and says whether the body was just that.
func (c *Column) unpackValues(f form, body []byte, n int) (values []cell, ok bool) {
	values = make([]cell, n)
	if f&withOthers != 0 {
		return values, c.unpackOthers(values, f&^withOthers, body)
	}
	switch f {
	case same:
		text := string(body)
		for i := range values {
			values[i].text = text
		}
		return values, true
	case times, times | inClusters:
		c.print = printTime
		return values, unpackNumbers(values, f, body)
	case numbers, numbers | inClusters:
		c.print = printNumber
		return values, unpackNumbers(values, f, body)
	case texts:
		return values, unpackTexts(values, body)
	}
	return nil, false
}

// unpackOthers reads values of which some are not of the form.
func (c *Column) unpackOthers(values []cell, f form, body []byte) bool {
	bits := (len(values) + 7) / 8
	if kind := f &^ inClusters; kind != times && kind != numbers || len(body) < bits {
		return false
	}
	isOdd := body[:bits]
	size, k := binary.Uvarint(body[bits:])
	if k <= 0 || size > uint64(len(body)-bits-k) {
		return false
	}
	odd := body[bits+k:][:size]
	count := 0
	for i := range values {
		count += int(isOdd[i/8] >> (i % 8) & 1)
	}
	others := make([]cell, count)
	regular, ok := c.unpackValues(f, body[bits+k+int(size):], len(values)-count)
	if !ok || !unpackTexts(others, odd) {
		return false
	}
	for i := range values {
		if isOdd[i/8]>>(i%8)&1 != 0 {
			values[i], others = others[0], others[1:]
		} else {
			values[i], regular = regular[0], regular[1:]
		}
	}
	return true
}

func unpackNumbers(values []cell, f form, body []byte) bool {
	unpacked := make([]int64, len(values))
	unpack := unpackDifferences
	if f&inClusters != 0 {
		unpack = unpackClusters
	}
	if !unpack(unpacked, body) {
		return false
	}
	for i, n := range unpacked {
		values[i] = cell{number: n, isNumber: true}
	}
	return true
}

func unpackDifferences(numbers []int64, body []byte) bool {
	n := int64(0)
	for i := range numbers {
		d, k := binary.Varint(body)
		if k <= 0 {
			return false
		}
		n += d
		numbers[i], body = n, body[k:]
	}
	return len(body) == 0
}

func unpackTexts(values []cell, body []byte) bool {
	before := ""
	for i := range values {
		shared, k := binary.Uvarint(body)
		if k <= 0 || shared > uint64(len(before)) {
			return false
		}
		body = body[k:]
		rest, k := binary.Uvarint(body)
		if k <= 0 || rest > uint64(len(body)-k) {
			return false
		}
		before = before[:shared] + string(body[k:k+int(rest)])
		values[i].text, body = before, body[k+int(rest):]
	}
	return len(body) == 0
}

func bitmap(set []bool) []byte {
	bits := make([]byte, (len(set)+7)/8)
	for i, s := range set {
		if s {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return bits
}

func sharedPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
