package server

import (
	"iter"

	"github.com/go-json-experiment/json/jsontext"

	"muster"
	"muster/internal/index"
	"muster/internal/ssmapi"
)

// inventoryPage is what a client reads as a GetInventoryOutput. Entities is a []ssmapi.InventoryResultEntity for counts, and
// *nodeEntities for nodes.
type inventoryPage struct {
	Entities  any
	NextToken string `json:",omitzero"`

	size int // how many entities there are
}

// nodeEntities is the entities of nodes. They are read from the snapshot when they are written, one in the memory of the other: as
// values, each with its maps and lists, they would be most of what an answer leaves to the collector.
type nodeEntities struct {
	snapshot *index.Snapshot
	nodes    []muster.NodeID
	show     muster.TypeName
}

// MarshalJSONTo writes a list of InventoryResultEntity, each with the data of one type.
func (n *nodeEntities) MarshalJSONTo(enc *jsontext.Encoder) error {
	w := resultWriter{Encoder: enc}
	w.token(jsontext.BeginArray)
	for _, id := range n.nodes {
		w.items = n.snapshot.AppendItems(w.items[:0], id, n.show)
		w.token(jsontext.BeginObject)
		w.member("Id", string(id))
		w.token(jsontext.String("Data"))
		w.token(jsontext.BeginObject)
		w.token(jsontext.String(string(n.show)))
		w.item(n.show)
		w.token(jsontext.EndObject)
		w.token(jsontext.EndObject)
	}
	w.token(jsontext.EndArray)
	return w.err
}

// resultWriter writes until something fails.
type resultWriter struct {
	*jsontext.Encoder
	err error

	items  []index.Item // of one type on one node
	reader index.Reader
}

func (w *resultWriter) token(t jsontext.Token) {
	if w.err == nil {
		w.err = w.WriteToken(t)
	}
}

// member writes one that is absent if it is empty.
func (w *resultWriter) member(name, value string) {
	if value != "" {
		w.token(jsontext.String(name))
		w.token(jsontext.String(value))
	}
}

// item writes an InventoryResultItem: the items together, for several compliance types are one type to a reader.
func (w *resultWriter) item(t muster.TypeName) {
	version, captured := newest(w.items)
	w.token(jsontext.BeginObject)
	w.member("TypeName", string(t))
	w.member("SchemaVersion", string(version))
	w.member("CaptureTime", string(captured))
	w.token(jsontext.String("Content"))
	w.token(jsontext.BeginArray)
	for e := range w.entries() {
		if w.err == nil {
			w.err = ssmapi.Attributes(e).MarshalJSONTo(w.Encoder)
		}
	}
	w.token(jsontext.EndArray)
	w.token(jsontext.EndObject)
}

// entries gives those of the items. An entry is good until the next one.
func (w *resultWriter) entries() iter.Seq[muster.Entry] {
	return func(yield func(muster.Entry) bool) {
		for _, it := range w.items {
			for e := range w.reader.Entries(it) {
				if !yield(withContext(it, e)) {
					return
				}
			}
		}
	}
}

// newest gives the version and the time of the capture under which items are shown as one.
func newest(items []index.Item) (version muster.Version, captured muster.CaptureTime) {
	for _, it := range items {
		version, captured = it.Version, max(captured, it.Captured)
	}
	return version, captured
}
