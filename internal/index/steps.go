package index

import "slices"

// steps is ascending numbers below leafSize, each as how far it is from the one before, and the first from -1: a byte for each number and, where it
// is far, a 0 for each 255 on the way. Most memberships of a fleet are in such lists. They take half of what the numbers themselves would, and
// hardly longer to go through, as the processor foresees that nearly every byte is a number; of a number of bytes that varies it could
// not foresee where the next one begins.
type steps []byte

const (
	farthest = 255        // that a step goes
	beforeIt = ^uint32(0) // -1, from which the first number is reached
)

// appendStep adds the step or steps to a number that is so far.
func (s steps) appendStep(far uint32) steps {
	for ; far > farthest; far -= farthest {
		s = append(s, 0)
	}
	return append(s, byte(far))
}

// stepsTo is how many bytes appendStep adds.
func stepsTo(far uint32) int { return 1 + int(far-1)/farthest }

// extend gives the list with ascending numbers behind its own, of which the last is given. It leaves no room for more.
func (s steps) extend(last uint32, numbers []uint32) steps {
	size, at := len(s), last
	for _, number := range numbers {
		size += stepsTo(number%leafSize - at)
		at = number % leafSize
	}
	all := append(make(steps, 0, size), s...)
	for _, number := range numbers {
		all = all.appendStep(number%leafSize - last)
		last = number % leafSize
	}
	return all
}

// last gives the last number, beforeIt if there is none.
func (s steps) last() uint32 {
	at := beforeIt
	for number := range s.each {
		at = number
	}
	return at
}

// each calls yield with the numbers until it says false.
func (s steps) each(yield func(number uint32) bool) {
	at := beforeIt
	for _, step := range s {
		if step == 0 {
			at += farthest
		} else if at += uint32(step); !yield(at) {
			return
		}
	}
}

// find gives the first number that is not below the one wanted, the one before it, and between which bytes its steps are. Where there is none,
// its steps are none behind all others.
func (s steps) find(wanted uint32) (number, before uint32, from, to int) {
	at := beforeIt
	before = at
	for i, step := range s {
		if step == 0 {
			at += farthest
			continue
		}
		if at += uint32(step); at >= wanted {
			return at, before, from, i + 1
		}
		before, from = at, i+1
	}
	return leafSize, before, len(s), len(s)
}

func (s steps) has(wanted uint32) bool {
	number, _, _, _ := s.find(wanted)
	return number == wanted
}

// add puts in a number that is not there, and writes over the list.
func (s steps) add(number uint32) steps {
	next, before, from, to := s.find(number)
	var buffer [leafSize/farthest + 2]byte
	now := steps(buffer[:0]).appendStep(number - before)
	if from < to {
		now = now.appendStep(next - number)
	}
	return slices.Replace(s, from, to, now...)
}

// remove takes out a number that is there, and writes over the list.
func (s steps) remove(number uint32) steps {
	_, before, from, _ := s.find(number)
	next, _, _, to := s.find(number + 1)
	var buffer [leafSize/farthest + 2]byte
	now := steps(buffer[:0])
	if next < leafSize {
		now = now.appendStep(next - before)
	}
	return slices.Replace(s, from, to, now...)
}

// or adds the numbers to the words of a leaf. This and countIn are most of a question's time.
func (s steps) or(to *[leafWords]uint64) {
	at := beforeIt
	for _, step := range s {
		if step == 0 {
			at += farthest
			continue
		}
		at += uint32(step)
		to[at/64%leafWords] |= 1 << (at % 64)
	}
}

// countIn gives how many of the numbers are in the words.
func (s steps) countIn(in *[leafWords]uint64) (n int) {
	at := beforeIt
	for _, step := range s {
		if step == 0 {
			at += farthest
			continue
		}
		at += uint32(step)
		n += int(in[at/64%leafWords] >> (at % 64) & 1)
	}
	return n
}
