package awsjson

import (
	"bytes"
	"errors"
	"hash"
	"io"
	"net/http"

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

// readBody reads at most limit bytes, however many are said to come, and hashes them on the way. A body may come in chunks,
// without a Content-Length.
func readBody(r *http.Request, into *bytes.Buffer, sum hash.Hash, limit int64) error {
	if r.ContentLength > limit {
		return muster.ErrRequestEntityTooLarge
	}
	n, err := into.ReadFrom(io.TeeReader(io.LimitReader(r.Body, limit+1), sum))
	if err != nil {
		return errors.Join(errBody, err)
	}
	if n > limit {
		return muster.ErrRequestEntityTooLarge
	}
	return nil
}

// errBody is a body that broke off, or came too slowly: the client's trouble, and the connection is of no more use.
var errBody = muster.ErrSerialization("The request body could not be read.")
