package awsjson

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster"
)

const contentType = "application/x-amz-json-1.1"

// encode writes an answer. It is made whole before any of it is sent, so that an answer is either right or an error.
func (h *Handler) encode(ctx context.Context, into *bytes.Buffer, out any) (err error) {
	defer recovered(&err) // an answer may be read from the fleet while it is written
	if out == nil {
		into.WriteString("{}")
		return nil
	}
	if err := h.enter(ctx); err != nil {
		return err
	}
	defer h.leave()
	return json.MarshalWrite(into, out, json.Deterministic(true), jsontext.AllowDuplicateNames(true))
}

// render writes an error in place of whatever the buffer has, and gives its code. What is no muster.Error is none of the
// client's business.
func render(into *bytes.Buffer, err error) muster.Code {
	var known *muster.Error
	if !errors.As(err, &known) {
		known = muster.ErrInternal
	}
	shape := struct {
		Type     muster.Code     `json:"__type"`
		TypeName muster.TypeName `json:",omitzero"`
		SyncName string          `json:",omitzero"`
		Message  string          `json:",omitzero"`
		Lower    string          `json:"message,omitzero"`
	}{Type: known.Code, TypeName: known.TypeName, SyncName: known.SyncName}
	switch known.Code.MessageMember() {
	case "Message":
		shape.Message = known.Message
	case "message":
		shape.Lower = known.Message
	}
	into.Reset()
	// A client's bytes may stand in a text, and a text must not fail.
	if err := json.MarshalWrite(into, shape, jsontext.AllowInvalidUTF8(true)); err != nil {
		panic(err)
	}
	return known.Code
}

func statusOf(code muster.Code) int {
	if code == "" {
		return http.StatusOK
	}
	return code.Status()
}

// send writes the answer. It fails only if the client is gone, which is nobody's loss.
func send(w http.ResponseWriter, call Call, body []byte) {
	header := w.Header()
	values := []string{contentType, strconv.Itoa(len(body)), call.RequestID}
	header["Content-Type"], header["Content-Length"], header["X-Amzn-Requestid"] = values[0:1:1], values[1:2:2], values[2:3:3]
	if call.Status == http.StatusRequestEntityTooLarge {
		header.Set("Connection", "close") // the rest of the body is still on it
	}
	w.WriteHeader(call.Status)
	_, _ = w.Write(body)
}

// log writes one line a call.
func (h *Handler) log(ctx context.Context, call Call, err error) {
	level := levelOf(call.Code)
	if !h.config.Log.Enabled(ctx, level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("operation", call.Operation.Name()),
		slog.Int("status", call.Status),
		slog.Int64("bytes", call.BytesIn),
		slog.Duration("took", call.Duration),
		slog.String("request", call.RequestID),
	}
	if call.Caller.KeyID != "" {
		attributes = append(attributes, slog.String("key", call.Caller.KeyID), slog.String("space", call.Caller.Space.String()))
	}
	switch call.Code {
	case "":
	case muster.CodeIncompleteSignature: // the text repeats what was sent as Authorization
		attributes = append(attributes, slog.String("error", string(call.Code)))
	default:
		attributes = append(attributes, slog.String("error", err.Error()))
	}
	h.config.Log.LogAttrs(ctx, level, "call", attributes...)
}

// levelOf makes what a client did wrong information, and what we did wrong an error.
func levelOf(code muster.Code) slog.Level {
	switch code {
	case "":
		return slog.LevelDebug
	case muster.CodeInternalServerError:
		return slog.LevelError
	}
	return slog.LevelInfo
}
