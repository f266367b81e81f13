package sqlite

// recentBytes bounds the text of the recent blocks. Entries that the fleet takes for new and the store does not were mostly
// numbered some groups ago, when many nodes with the same packages came together.
const recentBytes = 8 << 20

// recentBlocks are blocks that were written or read lately, in two generations: what is not asked for in the time of one goes.
type recentBlocks struct {
	now, before map[int64]*block
	bytes       int // that were put since now began
}

func (r *recentBlocks) get(key int64) *block {
	if b := r.now[key]; b != nil {
		return b
	}
	b := r.before[key]
	if b != nil {
		r.put(key, b)
	}
	return b
}

func (r *recentBlocks) put(key int64, b *block) {
	if r.now == nil || r.bytes+len(b.text) > recentBytes/2 {
		r.now, r.before, r.bytes = map[int64]*block{}, r.now, 0
	}
	r.now[key] = b
	r.bytes += len(b.text)
}

func (r *recentBlocks) drop(key int64) {
	delete(r.now, key)
	delete(r.before, key)
}
