package sqlite

import (
	"encoding/binary"
	"errors"

	"muster"
	"muster/internal/store/codec"
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
	b = binary.AppendVarint(b, codec.Nanoseconds(n.Registered))
	b = binary.AppendVarint(b, codec.Nanoseconds(n.Reported))
	b = codec.AppendString(b, n.Status)
	b = appendReporter(b, n.Reporter)
	b = appendReporter(b, n.Former)
	b = binary.AppendVarint(b, codec.Nanoseconds(n.Clone))
	b = codec.AppendString(b, n.Usage.Day)
	b = binary.AppendVarint(b, n.Usage.Bytes)
	if n.Registration != nil {
		b = codec.AppendString(append(b, partRegistration), appendRegistration(nil, n.Registration))
	}
	if n.Ping != nil {
		b = codec.AppendString(append(b, partPing), appendPing(nil, n.Ping))
	}
	return appendSumFrom(b, start)
}

func appendReporter(b []byte, r muster.Reporter) []byte {
	b = codec.AppendString(b, r.Fingerprint)
	return binary.AppendVarint(b, codec.Nanoseconds(r.Last))
}

func decodeNodeValue(blob []byte) (*muster.Node, error) {
	summed, err := checkSum(blob)
	if err != nil {
		return nil, err
	}
	d := nodeDecoder{codec.NewDecoder(string(summed))}
	if format := d.Byte(); format != nodeFormat {
		return nil, errors.New("unknown format of a node")
	}
	n := &muster.Node{
		Registered: codec.Time(d.Varint()),
		Reported:   codec.Time(d.Varint()),
		Status:     muster.InstanceStatus(d.Text()),
		Reporter:   d.reporter(),
		Former:     d.reporter(),
		Clone:      codec.Time(d.Varint()),
		Usage:      muster.Usage{Day: d.Text(), Bytes: d.Varint()},
	}
	for d.More() {
		if err := d.part(n); err != nil {
			return nil, err
		}
	}
	return n, d.End()
}

// nodeDecoder takes the pieces of a node.
type nodeDecoder struct{ codec.Decoder }

// part reads a part that not every node has.
func (d *nodeDecoder) part(n *muster.Node) error {
	kind := d.Byte()
	in := nodeDecoder{codec.NewDecoder(d.Text())}
	switch kind {
	case partPing:
		n.Ping = in.ping()
	case partRegistration:
		n.Registration = in.registration()
	default:
		return errors.New("unknown part of a node")
	}
	return in.End()
}

func (d *nodeDecoder) reporter() muster.Reporter {
	return muster.Reporter{Fingerprint: d.Text(), Last: codec.Time(d.Varint())}
}

func appendPing(b []byte, p *muster.Ping) []byte {
	b = binary.AppendVarint(b, codec.Nanoseconds(p.Last))
	b = binary.AppendVarint(b, codec.Nanoseconds(p.Changed))
	b = binary.AppendUvarint(b, uint64(len(p.Info)))
	return codec.AppendEntry(b, p.Info)
}

func (d *nodeDecoder) ping() *muster.Ping {
	return &muster.Ping{Last: codec.Time(d.Varint()), Changed: codec.Time(d.Varint()), Info: d.Fields(d.Count())}
}

func appendRegistration(b []byte, r *muster.Registration) []byte {
	for _, text := range []string{r.Activation, r.Role, r.Name, string(r.PublicKey), r.Fingerprint} {
		b = codec.AppendString(b, text)
	}
	rotate := byte(0)
	if r.RotateKey {
		rotate = 1
	}
	return binary.AppendVarint(append(b, rotate), codec.Nanoseconds(r.Ended))
}

func (d *nodeDecoder) registration() *muster.Registration {
	return &muster.Registration{
		Activation:  d.Text(),
		Role:        d.Text(),
		Name:        d.Text(),
		PublicKey:   []byte(d.Text()),
		Fingerprint: d.Text(),
		RotateKey:   d.Byte() == 1,
		Ended:       codec.Time(d.Varint()),
	}
}
