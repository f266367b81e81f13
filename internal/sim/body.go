package sim

import (
	"strings"

	"muster"
	"muster/internal/ssmapi"
)

// appendPut appends the body of a PutInventory call, the same as the JSON library makes of ssmapi.PutInventoryInput. That takes
// five times as long, longer than all the rest that the simulator does for a report.
func appendPut(b []byte, id muster.NodeID, items []ssmapi.InventoryItem) []byte {
	b = append(b, `{"InstanceId":`...)
	b = appendString(b, string(id))
	b = append(b, `,"Items":[`...)
	for i := range items {
		b = appendItem(b, &items[i])
		b = append(b, ',')
	}
	return append(b[:len(b)-1], "]}"...)
}

func appendItem(b []byte, it *ssmapi.InventoryItem) []byte {
	b = append(b, `{"TypeName":`...)
	b = appendString(b, string(*it.TypeName))
	b = append(b, `,"SchemaVersion":`...)
	b = appendString(b, string(*it.SchemaVersion))
	b = append(b, `,"CaptureTime":`...)
	b = appendString(b, string(*it.CaptureTime))
	b = append(b, `,"ContentHash":`...)
	b = appendString(b, string(it.ContentHash))
	if it.Content != nil {
		b = append(b, `,"Content":[`...)
		for i, e := range it.Content {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendEntry(b, e)
		}
		b = append(b, ']')
	}
	if it.Context != nil {
		b = append(b, `,"Context":`...)
		b = appendEntry(b, muster.Entry(it.Context))
	}
	return append(b, '}')
}

func appendEntry(b []byte, e muster.Entry) []byte {
	b = append(b, '{')
	for i, f := range e {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, f.Name...) // has nothing to escape
		b = append(b, '"', ':')
		b = appendString(b, f.Value)
	}
	return append(b, '}')
}

// appendString appends valid UTF-8 without control characters, which no report has, as a JSON string.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	if strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\\') < 0 {
		b = append(b, s...)
		return append(b, '"')
	}
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}
