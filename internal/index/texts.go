package index

import "strings"

// textPiece is the memory that short texts share, in bytes, when there are many.
const textPiece = 64 << 10

// Texts copies short texts into few pieces of memory. That takes less of it than a piece for each, and less of the collector's
// time, but a piece stays as long as anything of it is used: it is for what mostly stays. Without it, as nil, each text has a piece of
// its own.
type Texts struct{ piece strings.Builder }

// Copy gives the text in the memory of a piece.
func (t *Texts) Copy(text string) string {
	if !t.makeRoom(len(text)) {
		return strings.Clone(text)
	}
	t.piece.WriteString(text)
	return t.last(len(text))
}

// CopyBytes is Copy of a text that lies in bytes.
func (t *Texts) CopyBytes(text []byte) string {
	if !t.makeRoom(len(text)) {
		return string(text)
	}
	t.piece.Write(text)
	return t.last(len(text))
}

// makeRoom says false of a text that is to have none.
func (t *Texts) makeRoom(size int) bool {
	if t == nil || size == 0 || size > textPiece/16 {
		return false
	}
	if had := t.piece.Cap(); t.piece.Len()+size > had {
		t.piece.Reset()
		t.piece.Grow(max(textPiece/16, min(textPiece, 2*had)))
	}
	return true
}

func (t *Texts) last(size int) string { return t.piece.String()[t.piece.Len()-size:] }
