package sim

import "math"

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): a bijection
// that makes neighbours strangers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// question is what a roll is about. A new one goes to the end, so that the answers to the others stay.
type question uint64

const (
	aboutNode question = iota
	aboutImage
	aboutLevel
	aboutExtras
	aboutProvision
	aboutBase
	aboutPopularity
	aboutPackage
	aboutUpdate
	aboutPatch
	aboutPatched
	aboutReboot
	aboutTouch
	aboutDeath
	aboutNetwork
	aboutService
	aboutFile
	aboutCompliance
	aboutCertificate
	aboutHardware
)

// roll decides something about a subject: the same answer whenever it is asked, and another to another question.
func roll(subject uint64, q question, n int) dice {
	return dice(mix(mix(subject+uint64(q)<<56) + uint64(n)))
}

// keyOf makes a name a subject to roll.
func keyOf(name string) uint64 {
	var key uint64
	for i := range len(name) {
		key = mix(key ^ uint64(name[i]))
	}
	return key
}

// dice is a state of SplitMix64: the answer to a roll, and the source of more.
type dice uint64

// next gives 64 random bits.
func (d *dice) next() uint64 {
	r := mix(uint64(*d))
	*d += 0x9e3779b97f4a7c15
	return r
}

// below gives a number from 0 to n-1. The bias of the multiplication is far below what any statistic here shows.
func (d *dice) below(n int) int { return int((d.next() >> 32) * uint64(n) >> 32) }

// happens is true with the probability p.
func (d dice) happens(p float64) bool { return float64(d>>11) < p*(1<<53) }

// rank gives a rank from 0 to n-1 by Zipf's law with the exponent 1: rank r comes with a probability like 1/(r+1). The
// logarithm is that of n+1.
func (d *dice) rank(n int, logarithm float64) int {
	u := float64(d.next()>>11) / (1 << 53)
	return min(int(math.Exp(u*logarithm))-1, n-1)
}
