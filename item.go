package muster

import "time"

// CaptureTime is when a node says it gathered an item: a text such as "2006-01-02T15:04:05Z", kept as it was sent, because
// AWS's pattern lets impossible dates pass.
type CaptureTime string

// NewCaptureTime writes t as AWS does, in UTC to the second.
func NewCaptureTime(t time.Time) CaptureTime {
	return CaptureTime(t.UTC().Format("2006-01-02T15:04:05Z"))
}

// ContentHash is what a client calls the hash of an item's content. Nobody but the client can compute it (the agent hashes its
// own structs, Patch Manager something else), so it is compared byte by byte and never checked.
type ContentHash string

// Item is what one node last reported of one type.
type Item struct {
	Version  Version
	Captured CaptureTime
	Hash     ContentHash // empty if the client sent none
	Context  Entry       // attributes that hold for every entry; AWS:ComplianceItem and AWS:ComplianceSummary only
	Reported time.Time   // when a put of it was last accepted, with content or without
	At       Position    // of its last change; set by the store in what a View shows

	// Content is nil where only the rest is meant: in a change that keeps the stored content, and in what a store's View shows.
	Content *Content
}

// Content is the entries of an item in the order they were put, each by its number in the dictionary of its type.
type Content struct {
	Rows []RowID

	// Fresh defines the rows whose number the caller did not know; Rows is 0 there until the store has numbered them.
	Fresh []FreshRow

	// Split is the version of the type's Splits by which the volatile values were taken out of the entries, 0 if none were.
	// Volatile is those values, as internal/volatile packs them.
	Split    uint32
	Volatile []byte

	// Packed is the content once more, as internal/store/codec writes it, where a store has it so: the index keeps it
	// in this form, too. It is empty elsewhere.
	Packed string
}

// FreshRow is the entry that Content.Rows[At] stands for.
type FreshRow struct {
	At    int
	Entry Entry
}

// RowID numbers an entry within its space and type, upward from 1, assigned by the store where full equality decides. No number
// is given twice, also when its row was removed.
type RowID uint32

// Row is a dictionary row: durable no later than its first use.
type Row struct {
	Space Space
	Type  TypeName
	ID    RowID
	Entry Entry
}
