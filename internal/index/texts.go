package index

import "strings"

// textPiece is the memory that short texts of a load share, in bytes.
const textPiece = 64 << 10

// texts copies short texts into few pieces of memory. That takes less of it than a piece for each, and less of the collector's
// time, but a piece stays as long as anything of it is used: it is for what comes all at once and mostly stays, in a load. Without
// it, as nil, each text has a piece of its own.
type texts struct{ piece strings.Builder }

func (t *texts) copy(text string) string {
	if t == nil || len(text) > textPiece/16 {
		return strings.Clone(text)
	}
	if t.piece.Len()+len(text) > t.piece.Cap() {
		t.piece.Reset()
		t.piece.Grow(textPiece)
	}
	from := t.piece.Len()
	t.piece.WriteString(text)
	return t.piece.String()[from:]
}
