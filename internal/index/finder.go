package index

import "sync/atomic"

// finder finds numbers by a hash of what they stand for. Hashes only suggest: whoever asks decides by the thing itself. One
// writer changes it while any number of readers look; a reader may miss what is being added at that moment, and may be offered
// a number that was taken out after its snapshot, or put in after it.
//
// It is a table with open addressing whose slots are words that are read and written whole: half a hash and a number. Being
// beside the snapshots rather than in them it needs no copying, and a few bytes a number.
type finder struct {
	slots atomic.Pointer[[]atomic.Uint64]
	used  int // slots that are not empty; the writer's
	live  int // slots with a number; the writer's
}

const (
	emptySlot   = 0
	removedSlot = 1 << 32 // a number is never 0, so no slot with one looks like this
)

// find calls match with each number that may have the hash, until it says true. Numbers are never 0.
func (f *finder) find(hash uint32, match func(id uint32) bool) (id uint32, ok bool) {
	table := f.slots.Load()
	if table == nil {
		return 0, false
	}
	slots := *table
	for at := home(hash, slots); ; at = next(at, slots) {
		slot := slots[at].Load()
		if slot == emptySlot {
			return 0, false
		}
		if id := uint32(slot); uint32(slot>>32) == hash && id != 0 && match(id) {
			return id, true
		}
	}
}

// add puts a number in. Only the writer may.
func (f *finder) add(hash uint32, id uint32) {
	table := f.slots.Load()
	if table == nil || 5*(f.used+1) > 4*len(*table) {
		table = f.rebuild(table)
	}
	f.used++
	f.live++
	fill(*table, uint64(hash)<<32|uint64(id))
}

// rebuild makes a new table, with room for a fifth more; readers of the old one go on with it. A small one gets more room, for the
// many that come when a fleet does.
func (f *finder) rebuild(table *[]atomic.Uint64) *[]atomic.Uint64 {
	roomy := make([]atomic.Uint64, 16+max(f.live*3/2, min(f.live*4, 1<<16)))
	if table != nil {
		for i := range *table {
			if slot := (*table)[i].Load(); uint32(slot) != 0 {
				fill(roomy, slot)
			}
		}
	}
	f.slots.Store(&roomy)
	f.used = f.live
	return &roomy
}

// fill puts a slot into the first empty one from where its hash says.
func fill(slots []atomic.Uint64, slot uint64) {
	at := home(uint32(slot>>32), slots)
	for slots[at].Load() != emptySlot {
		at = next(at, slots)
	}
	slots[at].Store(slot)
}

// remove takes a number out. Only the writer may.
func (f *finder) remove(hash uint32, id uint32) {
	table := f.slots.Load()
	if table == nil {
		return
	}
	slots := *table
	for at := home(hash, slots); slots[at].Load() != emptySlot; at = next(at, slots) {
		if slots[at].Load() == uint64(hash)<<32|uint64(id) {
			slots[at].Store(removedSlot)
			f.live--
			return
		}
	}
}

// home is where the search for a hash begins: as far into the slots as the hash is into all hashes.
func home(hash uint32, slots []atomic.Uint64) int {
	return int(uint64(hash) * uint64(len(slots)) >> 32)
}

func next(at int, slots []atomic.Uint64) int {
	if at++; at < len(slots) {
		return at
	}
	return 0
}
