package sqlite

import (
	"encoding/binary"
	"errors"

	"muster"
)

// nodeFormat leads the value of a node.
const nodeFormat = 1

// The parts that not every node has, each led by its number and a string of it. A node that only puts has none.
const (
	partRegistration = 1
	partPing         = 2
)

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
	if n.Registration != nil {
		b = appendString(append(b, partRegistration), string(appendRegistration(nil, n.Registration)))
	}
	if n.Ping != nil {
		b = appendString(append(b, partPing), string(appendPing(nil, n.Ping)))
	}
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
	for d.rest != "" && !d.failed {
		if err := d.part(n); err != nil {
			return nil, err
		}
	}
	return n, d.end()
}

// part reads a part that not every node has.
func (d *decoder) part(n *muster.Node) error {
	kind := d.byte()
	in := decoder{rest: d.string()}
	switch kind {
	case partPing:
		n.Ping = in.ping()
	case partRegistration:
		n.Registration = in.registration()
	default:
		return errors.New("unknown part of a node")
	}
	return in.end()
}

func (d *decoder) reporter() muster.Reporter {
	return muster.Reporter{Fingerprint: d.string(), Last: instant(d.varint())}
}

func appendPing(b []byte, p *muster.Ping) []byte {
	b = binary.AppendVarint(b, nanoseconds(p.Last))
	b = binary.AppendVarint(b, nanoseconds(p.Changed))
	b = binary.AppendUvarint(b, uint64(len(p.Info)))
	return appendFields(b, p.Info)
}

func (d *decoder) ping() *muster.Ping {
	return &muster.Ping{Last: instant(d.varint()), Changed: instant(d.varint()), Info: d.fields(d.count())}
}

func appendRegistration(b []byte, r *muster.Registration) []byte {
	for _, text := range []string{r.Activation, r.Role, r.Name, string(r.PublicKey), r.Fingerprint} {
		b = appendString(b, text)
	}
	rotate := byte(0)
	if r.RotateKey {
		rotate = 1
	}
	return binary.AppendVarint(append(b, rotate), nanoseconds(r.Ended))
}

func (d *decoder) registration() *muster.Registration {
	return &muster.Registration{
		Activation:  d.string(),
		Role:        d.string(),
		Name:        d.string(),
		PublicKey:   []byte(d.string()),
		Fingerprint: d.string(),
		RotateKey:   d.byte() == 1,
		Ended:       instant(d.varint()),
	}
}
