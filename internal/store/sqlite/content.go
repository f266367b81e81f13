package sqlite

// shortContent is how many bytes a content may have to be kept with its head. Half of a node's items are a row or two: a record
// of its own would be longer than they are, and has to be found and read.
const shortContent = 64

// slot is the place of a content among those of its node, from 1.
type slot uint32

// A content is stored in pieces of about so many bytes. SQLite does not part a record between pages, unless it is longer than
// one: two packages lists of 2 kB would be alone on a page of 4 kB each, and half of the file would be empty.
const pieceBytes = 1000

const (
	slotBits   = 20
	lastSlot   = 1<<slotBits - 1
	pieceBits  = 4
	mostPieces = 1 << pieceBits
)

// contentID is the key of a piece of a content in the file.
func contentID(node int64, at slot, piece int) int64 {
	return node<<(slotBits+pieceBits) | int64(at)<<pieceBits | int64(piece)
}

func splitContentID(id int64) (node int64, at slot) {
	return id >> (slotBits + pieceBits), slot(id >> pieceBits & lastSlot)
}

// piecesOf gives into how many pieces so many bytes are parted.
func piecesOf(size int) int { return min(mostPieces, (size+pieceBytes-1)/pieceBytes) }

// piece gives one of n equal pieces, but for what the last has less.
func piece(body []byte, i, n int) []byte {
	size := (len(body) + n - 1) / n
	return body[min(i*size, len(body)):min((i+1)*size, len(body))]
}
