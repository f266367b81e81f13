package awsjson

import (
	"bytes"
	"errors"
	"hash"
	"io"
	"net/http"
	"time"

	"muster"
)

// keptBuffer is the largest buffer that waits for another call. A rare large one is left to the garbage collector.
const keptBuffer = 1 << 20

func (h *Handler) buffer() *bytes.Buffer {
	b, ok := h.buffers.Get().(*bytes.Buffer)
	if !ok {
		return new(bytes.Buffer)
	}
	b.Reset()
	return b
}

func (h *Handler) release(b *bytes.Buffer) {
	if b.Cap() <= keptBuffer {
		h.buffers.Put(b)
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

// readBody reads as many bytes as a body may have, however many are said to come, and hashes them on the way. A body may come in
// chunks, without a Content-Length.
func (h *Handler) readBody(w http.ResponseWriter, r *http.Request, into *bytes.Buffer, sum hash.Hash, room *claim) error {
	limit, overall := h.config.MaxBody, time.Now().Add(h.config.BodyWithin)
	if r.ContentLength > limit {
		return muster.ErrRequestEntityTooLarge
	}
	end := limit + 1 // one more tells that a body of unknown length is too long
	if r.ContentLength >= 0 {
		end = r.ContentLength
	}
	deadline := http.NewResponseController(w)
	for int64(into.Len()) < end {
		piece := min(bodyPiece, end-int64(into.Len()))
		if err := room.grow(r.Context(), piece); err != nil {
			return err
		}
		until := time.Now().Add(pieceWithin)
		if overall.Before(until) {
			until = overall
		}
		_ = deadline.SetReadDeadline(until) // a writer without one has no connection either
		into.Grow(int(piece) + bytes.MinRead)
		n, err := into.ReadFrom(io.TeeReader(io.LimitReader(r.Body, piece), sum))
		if err != nil {
			return errors.Join(errBody, err)
		}
		if n < piece {
			break
		}
	}
	if int64(into.Len()) > limit {
		return muster.ErrRequestEntityTooLarge
	}
	_ = deadline.SetReadDeadline(time.Time{}) // else the context would end with it
	return nil
}

// drain throws away what is left of a body that is not wanted.
func drain(r *http.Request) {
	_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
}

// errBody is a body that broke off, or came too slowly: the client's trouble, and the connection is of no more use.
var errBody = muster.ErrSerialization("The request body could not be read.")
