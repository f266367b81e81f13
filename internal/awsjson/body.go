package awsjson

import (
	"bytes"
	"errors"
	"hash"
	"io"
	"net/http"
	"sync"
	"time"

	"muster"
)

// keptBuffer is the largest buffer that waits for another call. A rare large one is left to the garbage collector.
const keptBuffer = 1 << 20

// buffers are those that wait for another call. Bodies and answers have their own: an answer is mostly two bytes, and must not
// have the large buffer of a body while it waits for the budget.
type buffers struct{ pool sync.Pool }

func (p *buffers) take() *bytes.Buffer {
	b, ok := p.pool.Get().(*bytes.Buffer)
	if !ok {
		return new(bytes.Buffer)
	}
	b.Reset()
	return b
}

func (p *buffers) giveBack(b *bytes.Buffer) {
	if b.Cap() <= keptBuffer {
		p.pool.Put(b)
	}
}

const (
	// bodyPiece is how much of a body is claimed from the budget at a time, in bytes: nearly every report at once, and of a larger
	// one no more than what has come before was worth. So a large part of the budget costs sending it.
	bodyPiece = 1 << 20

	// pieceWithin is the time for each of them: whoever sends nothing gives up his part.
	pieceWithin = 30 * time.Second

	// maxDrain is how much of a refused body, in bytes, is read and thrown away, which keeps the connection, and a client that
	// reads only when it has written everything.
	maxDrain = 1 << 20
)

// bodyEnd is how many bytes of the body are to be read. Of a body that comes in chunks, without a Content-Length, it is one more
// than it may have, which tells that it is too long.
func bodyEnd(r *http.Request, limit int64) int64 {
	if r.ContentLength >= 0 {
		return r.ContentLength
	}
	return limit + 1
}

// admit makes room for the first piece of a body, before it gets as much as a buffer.
func admit(r *http.Request, limit int64, room *claim) error {
	if r.ContentLength > limit {
		return muster.ErrRequestEntityTooLarge
	}
	return room.grow(r.Context(), min(bodyPiece, bodyEnd(r, limit)))
}

// readBody reads a body that was admitted, however many bytes are said to come, and hashes it on the way.
func readBody(w http.ResponseWriter, r *http.Request, limits bounds, into *bytes.Buffer, sum hash.Hash, room *claim) error {
	end, overall := bodyEnd(r, limits.size), time.Now().Add(limits.within)
	deadline := http.NewResponseController(w)
	for int64(into.Len()) < end {
		piece := min(bodyPiece, end-int64(into.Len()))
		if into.Len() > 0 {
			if err := room.grow(r.Context(), piece); err != nil {
				return err
			}
		}
		until := time.Now().Add(pieceWithin)
		if overall.Before(until) {
			until = overall
		}
		_ = deadline.SetReadDeadline(until) // a writer without one has no connection either
		n, err := readPiece(r.Body, int(piece), into, sum)
		if err != nil {
			return errors.Join(errBody, err)
		}
		if int64(n) < piece {
			break
		}
	}
	if int64(into.Len()) > limits.size {
		return muster.ErrRequestEntityTooLarge
	}
	_ = deadline.SetReadDeadline(time.Time{}) // else the context would end with it
	return nil
}

// readPiece reads so many bytes, or up to the end of the body if that comes sooner.
func readPiece(from io.Reader, size int, into *bytes.Buffer, sum hash.Hash) (read int, err error) {
	into.Grow(size)
	piece := into.AvailableBuffer()[:size]
	for read < size && err == nil {
		var n int
		n, err = from.Read(piece[read:])
		sum.Write(piece[read : read+n])
		read += n
	}
	into.Write(piece[:read]) // where it is already
	if err == io.EOF {
		err = nil
	}
	return read, err
}

// drain throws away what is left of a body that is not wanted.
func drain(r *http.Request) {
	_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
}

// errBody is a body that broke off, or came too slowly: the client's trouble, and the connection is of no more use.
var errBody = muster.ErrSerialization("The request body could not be read.")
