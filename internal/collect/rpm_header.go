package collect

import (
	"bytes"
	"encoding/binary"
)

// rpmHeader is a package's header: an index of tags, each with a type, an offset into the store and a count, and the store.
// All numbers are big-endian. Documented in rpm's manual, "RPM Package format", section Header.
type rpmHeader struct {
	index, store []byte
}

const rpmIndexEntry = 16 // bytes: tag, type, offset, count

// The types of values that are read.
const (
	rpmInt32       = 4
	rpmString      = 6
	rpmStringArray = 8
	rpmI18NString  = 9 // an array with a translation for each locale, the first in English
)

// openRPMHeader checks the lengths in front of the index. What lies behind the store is padding.
func openRPMHeader(data []byte) (rpmHeader, bool) {
	if len(data) < 8 {
		return rpmHeader{}, false
	}
	entries := int64(binary.BigEndian.Uint32(data))
	size := int64(binary.BigEndian.Uint32(data[4:]))
	data = data[8:]
	if entries*rpmIndexEntry+size > int64(len(data)) {
		return rpmHeader{}, false
	}
	index := data[:entries*rpmIndexEntry]
	return rpmHeader{index: index, store: data[len(index):][:size]}, true
}

// value finds the tag, and gives the rest of the store from its value on. A tag that comes twice was set again when the
// package was installed: the last counts.
func (h rpmHeader) value(tag uint32) (kind uint32, data []byte) {
	for at := len(h.index) - rpmIndexEntry; at >= 0; at -= rpmIndexEntry {
		e := h.index[at:]
		if binary.BigEndian.Uint32(e) != tag {
			continue
		}
		offset := int64(binary.BigEndian.Uint32(e[8:]))
		if count := binary.BigEndian.Uint32(e[12:]); count == 0 || offset >= int64(len(h.store)) {
			return 0, nil
		}
		return binary.BigEndian.Uint32(e[4:]), h.store[offset:]
	}
	return 0, nil
}

// text gives a string, or the first of several; "" if there is none, or if rpm has written that.
func (h rpmHeader) text(tag uint32) string {
	kind, data := h.value(tag)
	if kind != rpmString && kind != rpmStringArray && kind != rpmI18NString {
		return ""
	}
	end := bytes.IndexByte(data, 0)
	if end < 0 || string(data[:end]) == "(none)" {
		return ""
	}
	return text(string(data[:min(end, maxLine)]))
}

func (h rpmHeader) number(tag uint32) (n uint32, ok bool) {
	kind, data := h.value(tag)
	if kind != rpmInt32 || len(data) < 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(data), true
}
