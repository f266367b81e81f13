package sim

import "math"

// Churn is what happens between one generation of reports and the next: parts of the nodes, from 0 to 1, to which it happens.
type Churn struct {
	Updated  float64 // install what their distribution has released since, about one package in thirteen
	Patched  float64 // get the fixes of a patch day, which are for the same packages everywhere
	Rebooted float64 // have new addresses, run the newest installed kernel, and start some services that were stopped
	Touched  float64 // have a file that was written to
	Joined   float64 // are new, as a part of the first generation
	Died     float64 // report no more
}

// past is what has happened to a node.
type past struct {
	born    int // generation of its first report
	level   int // how far the distribution had come when it last updated
	patches []int
	boots   int
	touches int
	dead    bool

	bootLevel, bootPatches int // of the last boot, which decide what kernel runs
}

// churnBefore is what leads to the generation, which is not the first.
func (f *Fleet) churnBefore(generation int) Churn {
	if len(f.churn) == 0 {
		return Churn{}
	}
	return f.churn[min(generation, len(f.churn))-1]
}

// Len is how many nodes have ever reported by the generation: those from 0 to Len-1, of which some may have died.
func (f *Fleet) Len(generation int) int {
	n := f.nodes
	for g := 1; g <= generation; g++ {
		n += f.joined(g)
	}
	return n
}

func (f *Fleet) joined(generation int) int {
	return int(math.Round(f.churnBefore(generation).Joined * float64(f.nodes)))
}

// born is the generation in which the node reports first.
func (f *Fleet) born(i int) int {
	generation := 0
	for n := f.nodes; i >= n; n += f.joined(generation) {
		generation++
		if generation > len(f.churn) && f.joined(generation) == 0 {
			return math.MaxInt // nobody joins any more
		}
	}
	return generation
}

// Alive says whether the node reports in the generation: it has joined and has not died.
func (f *Fleet) Alive(i, generation int) bool {
	born := f.born(i)
	if born > generation {
		return false
	}
	for g := born + 1; g <= generation; g++ {
		if f.churnBefore(g).dies(f.key(i), g) {
			return false
		}
	}
	return true
}

// events are what befalls a node before a generation.
type events struct{ dies, updates, isPatched, isTouched, reboots bool }

// before rolls what befalls the node of that key.
func (f *Fleet) before(generation int, key uint64) events {
	c := f.churnBefore(generation)
	if c.dies(key, generation) {
		return events{dies: true}
	}
	return events{
		updates:   roll(key, aboutUpdate, generation).happens(c.Updated),
		isPatched: roll(key, aboutPatched, generation).happens(c.Patched),
		isTouched: roll(key, aboutTouch, generation).happens(c.Touched),
		reboots:   roll(key, aboutReboot, generation).happens(c.Rebooted),
	}
}

func (c Churn) dies(key uint64, generation int) bool {
	return roll(key, aboutDeath, generation).happens(c.Died)
}

// still says whether nothing has befallen the node from one generation to another, so that it reports the same.
func (f *Fleet) still(i, from, to int) bool {
	for g := from + 1; g <= to; g++ {
		if f.before(g, f.key(i)) != (events{}) {
			return false
		}
	}
	return true
}

// past tells what has happened to the node by the generation. It takes the memory for patches.
func (f *Fleet) past(i, generation int, patches []int) past {
	key := f.key(i)
	d := roll(key, aboutLevel, 0)
	p := past{
		born: f.born(i), patches: patches[:0],
		level: imageAge*(imageAges-1-d.rank(imageAges, imageAgesLog)) + d.below(imageAge), // most were made from the newest
	}
	p.bootLevel = p.level
	for g := p.born + 1; g <= generation; g++ {
		e := f.before(g, key)
		if e.dies {
			p.dead = true
			break
		}
		if e.updates {
			p.level++
		}
		if e.isPatched {
			p.patches = append(p.patches, g)
		}
		if e.isTouched {
			p.touches++
		}
		if e.reboots {
			p.boots++
			p.bootLevel, p.bootPatches = p.level, len(p.patches)
		}
	}
	return p
}

// An image is published anew now and then; nodes keep the one that they were made from.
const (
	imageAges = 6
	imageAge  = 4 // patch levels from one to the next
)

var imageAgesLog = math.Log(imageAges + 1)

// releaseOf is the number of the package's version, from 0 on, that the node has.
func (p *past) releaseOf(pkg *pkg) int {
	return releaseAt(pkg, p.level, p.patches)
}

func releaseAt(pkg *pkg, level int, patches []int) int {
	v := int((uint64(level)*pkg.pace + pkg.key&255) >> 8)
	for _, g := range patches {
		if patchedOn(pkg, g) {
			v++
		}
	}
	return v
}

// patchedOn says whether the patch day before the generation has a fix for the package. What changes often is mended often.
func patchedOn(pkg *pkg, generation int) bool {
	return roll(pkg.key, aboutPatch, generation).happens(float64(pkg.pace) / 500)
}
