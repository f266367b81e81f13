package sqlite

const (
	// recentBlockBytes bounds the text of the recent blocks. Entries that the fleet takes for new and the store does not were mostly
	// numbered some groups ago, when many nodes with the same packages came together.
	recentBlockBytes = 8 << 20

	// recentNodeBytes bounds the recent nodes, and is enough for all of a fleet of 5,000: to be given one by SQLite takes three times as
	// long as to decode it.
	recentNodeBytes = 8 << 20
)

// recent is what was written or read lately, in two generations: what is not put again in the time of one goes. Its bytes are bounded.
type recent[K comparable, V interface{ size() int }] struct {
	bound       int
	now, before map[K]V
	bytes       int // of now, about
}

// get gives the zero value if there is nothing.
func (r *recent[K, V]) get(key K) V {
	if v, ok := r.now[key]; ok {
		return v
	}
	return r.before[key]
}

func (r *recent[K, V]) put(key K, v V) {
	if old, ok := r.now[key]; ok {
		r.bytes -= old.size()
	}
	if r.bytes += v.size(); r.now == nil || r.bytes > r.bound/2 {
		r.now, r.before, r.bytes = map[K]V{}, r.now, v.size()
	}
	r.now[key] = v
}

func (r *recent[K, V]) drop(key K) {
	if old, ok := r.now[key]; ok {
		r.bytes -= old.size()
	}
	delete(r.now, key)
	delete(r.before, key)
}
