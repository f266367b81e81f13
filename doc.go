// Package muster holds the nouns of a fleet inventory: what a node reports, under which name it is kept, and what may be said
// about it. It is not a client or a server: it does no I/O, takes no locks and knows no wire format.
//
// The vocabulary, from the outside in:
//
//	Space    an account in a region; nothing crosses from one to another
//	NodeID   a machine: "i-…" (EC2) or "mi-…" (everything else)
//	TypeName a kind of fact, "AWS:Application" or "Custom:RackInfo"
//	Item     what one node last reported of one type: a version, a capture time, a hash and the content
//	Entry    one row of an item's content: attributes with string values
//	RowID    the dictionary number of an entry that at least one item has held
//	Key      the name of one durable record; Change what happens to it; Position when, in the order of commits
//
// At the wire AWS's words are used (InstanceId, CaptureTime); inside, these.
package muster
