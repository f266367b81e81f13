package volatile

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Numbers that lie in a few clusters, as times do when packages are installed together, take as many bits each as it takes to name
// the cluster and the place in it: two bytes, where the difference from the number before takes three.
//
// A packed list is the number of clusters, the bits of a place, the clusters' first numbers as differences, and the numbers, the
// bits of the cluster above those of the place, from the lowest bit of each byte on.

// clusterBits is the most bits of a place, so that cluster and place fit in 32.
const clusterBits = 24

// maxClusters is how many there are at most, so that a byte can tell.
const maxClusters = 256

// packClusters packs the numbers, with the width of a place that makes the least of them.
func packClusters(numbers []int64) (body []byte, ok bool) {
	sorted := slices.Sorted(slices.Values(numbers))
	best, firsts := make([]int64, 0, maxClusters+1), make([]int64, 0, maxClusters+1)
	bestWidth, least := 0, 0
	for width := range clusterBits + 1 {
		firsts = appendFirsts(firsts[:0], sorted, width)
		if len(firsts) == 0 || len(firsts) > maxClusters {
			continue
		}
		size := 4*len(firsts) + (len(numbers)*(width+bits.Len(uint(len(firsts)-1)))+7)/8
		if !ok || size < least {
			bestWidth, least, ok = width, size, true
			best, firsts = firsts, best
		}
	}
	if !ok {
		return nil, false
	}
	return appendClusters(nil, numbers, best, bestWidth), true
}

// appendFirsts adds the first number of each cluster, and ends when there are too many.
func appendFirsts(to, sorted []int64, width int) []int64 {
	for _, n := range sorted {
		if k := len(to); k > 0 && uint64(n-to[k-1]) < 1<<width {
			continue
		}
		if to = append(to, n); len(to) > maxClusters {
			break
		}
	}
	return to
}

func appendClusters(to []byte, numbers, firsts []int64, width int) []byte {
	to = append(to, byte(len(firsts)-1), byte(width))
	before := int64(0)
	for _, first := range firsts {
		to = binary.AppendVarint(to, first-before)
		before = first
	}
	held, have := uint64(0), 0
	size := width + bits.Len(uint(len(firsts)-1))
	for _, n := range numbers {
		cluster, found := slices.BinarySearch(firsts, n)
		if !found {
			cluster--
		}
		held |= (uint64(cluster)<<width | uint64(n-firsts[cluster])) << have
		for have += size; have >= 8; have -= 8 {
			to = append(to, byte(held))
			held >>= 8
		}
	}
	if have > 0 {
		to = append(to, byte(held))
	}
	return to
}

// unpackClusters fills in the numbers, and says whether the body was just that.
func unpackClusters(numbers []int64, body []byte) bool {
	if len(body) < 2 || body[1] > clusterBits {
		return false
	}
	firsts, width := make([]int64, int(body[0])+1), int(body[1])
	body = body[2:]
	before := int64(0)
	for i := range firsts {
		d, k := binary.Varint(body)
		if k <= 0 {
			return false
		}
		before += d
		firsts[i], body = before, body[k:]
	}
	size := width + bits.Len(uint(len(firsts)-1))
	if len(body) != (len(numbers)*size+7)/8 {
		return false
	}
	held, have := uint64(0), 0
	for i := range numbers {
		for ; have < size; have += 8 {
			held |= uint64(body[0]) << have
			body = body[1:]
		}
		cluster := held & (1<<size - 1) >> width
		if cluster >= uint64(len(firsts)) {
			return false
		}
		numbers[i] = firsts[cluster] + int64(held&(1<<width-1))
		held >>= size
		have -= size
	}
	return true
}
