package sqlite

import (
	"encoding/binary"
	"errors"

	"muster"
)

// nodeFormat leads the value of a node.
const nodeFormat = 1

// appendNode writes a node's value. It is rewritten with every report, where JSON would take as long as the heads of ten items.
func appendNode(b []byte, n *muster.Node) []byte {
	start := len(b)
	b = append(b, nodeFormat)
	b = binary.AppendVarint(b, nanoseconds(n.Registered))
	b = binary.AppendVarint(b, nanoseconds(n.Reported))
	b = appendString(b, string(n.Status))
	b = appendReporter(b, n.Reporter)
	b = appendReporter(b, n.Former)
	b = binary.AppendVarint(b, nanoseconds(n.Clone))
	b = appendString(b, n.Usage.Day)
	b = binary.AppendVarint(b, n.Usage.Bytes)
	return appendSumFrom(b, start)
}

func appendReporter(b []byte, r muster.Reporter) []byte {
	b = appendString(b, r.Fingerprint)
	return binary.AppendVarint(b, nanoseconds(r.Last))
}

func decodeNodeValue(blob []byte) (*muster.Node, error) {
	summed, err := checkSum(blob)
	if err != nil {
		return nil, err
	}
	d := decoder{rest: string(summed)}
	if format := d.byte(); format != nodeFormat {
		return nil, errors.New("unknown format of a node")
	}
	n := &muster.Node{
		Registered: instant(d.varint()),
		Reported:   instant(d.varint()),
		Status:     muster.InstanceStatus(d.string()),
		Reporter:   d.reporter(),
		Former:     d.reporter(),
		Clone:      instant(d.varint()),
		Usage:      muster.Usage{Day: d.string(), Bytes: d.varint()},
	}
	return n, d.end()
}

func (d *decoder) reporter() muster.Reporter {
	return muster.Reporter{Fingerprint: d.string(), Last: instant(d.varint())}
}
