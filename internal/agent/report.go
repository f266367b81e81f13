package agent

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/collect"
	"muster/internal/ssmapi"
)

// maxCall is how many bytes of content go into one call, if it has more than one item. It is the limit of AWS for a call; an
// item that is larger goes alone and may be refused by AWS, but not by muster.
const maxCall = 1 << 20

// Outcome counts what a report did.
type Outcome struct {
	Types     int // accepted by the server
	Unchanged int // of these, sent as a hash alone
	Entries   int // in the others
	Calls     int
	Skipped   int // records that made no sense when they were gathered
	Cut       int // entries beyond muster.MaxEntries of a type, which were not sent
}

// LogValue implements slog.LogValuer.
func (o Outcome) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.Int("types", o.Types), slog.Int("unchanged", o.Unchanged), slog.Int("entries", o.Entries), slog.Int("calls", o.Calls),
	}
	if o.Skipped > 0 {
		attrs = append(attrs, slog.Int("skipped", o.Skipped))
	}
	if o.Cut > 0 {
		attrs = append(attrs, slog.Int("cut", o.Cut))
	}
	return slog.GroupValue(attrs...)
}

// String is what the server is told of a run.
func (o Outcome) String() string {
	text := fmt.Sprintf("%d types reported, %d of them unchanged", o.Types, o.Unchanged)
	if o.Skipped+o.Cut > 0 {
		text += fmt.Sprintf("; %d records skipped, %d entries cut", o.Skipped, o.Cut)
	}
	return text
}

// Report sends what was gathered. A type whose content the server has accepted before goes as a hash alone; if the server
// does not know the hash, all of that call goes again in full. The state learns the hashes of a call when all of it was
// accepted, because a server stores all of a call or nothing.
//
// If a call is refused for one of its items, its items go one by one, so that one that the server will never take does not
// keep back the rest. The error joins those of gathering and sending.
func Report(ctx context.Context, node muster.NodeID, put Put, state *State, reports []collect.Report) (Outcome, error) {
	s := sender{node: node, put: put, state: state}
	var items []item
	for _, r := range reports {
		s.outcome.Skipped += r.Skipped
		if r.Err != nil {
			s.failed = append(s.failed, r.Err)
			continue
		}
		i, err := newItem(r)
		if err != nil {
			s.failed = append(s.failed, err)
			continue
		}
		s.outcome.Cut += i.cut
		items = append(items, i)
	}
	s.send(ctx, items, false)
	return s.outcome, errors.Join(s.failed...)
}

// Input is the call that reports everything in full, for a person or `aws ssm put-inventory --cli-input-json` to read.
func Input(node muster.NodeID, reports []collect.Report) (*ssmapi.PutInventoryInput, error) {
	in := &ssmapi.PutInventoryInput{InstanceId: &node, Items: []ssmapi.InventoryItem{}}
	for _, r := range reports {
		if r.Err != nil {
			continue
		}
		i, err := newItem(r)
		if err != nil {
			return nil, err
		}
		in.Items = append(in.Items, i.wire(true))
	}
	return in, nil
}

// item is a report as it will be sent.
type item struct {
	collect.Report
	hash muster.ContentHash
	size int64 // of the content, in bytes
	cut  int   // entries left out
}

func newItem(r collect.Report) (item, error) {
	i := item{Report: r, cut: max(0, len(r.Entries)-muster.MaxEntries)}
	i.Entries = r.Entries[:len(r.Entries)-i.cut]
	var err error
	if i.hash, err = hash(r.Version, i.Entries); err != nil {
		return item{}, fmt.Errorf("hashing %s: %w", r.Type, err)
	}
	i.size = ssmapi.Entries(i.Entries).Size()
	return i, nil
}

// hash identifies the content to nobody but us. The schema version is in it because a hash alone does not change the version
// that the server has.
func hash(v muster.Version, entries []muster.Entry) (muster.ContentHash, error) {
	sum := sha256.New()
	_, _ = io.WriteString(sum, string(v)+"\n") // a hash takes everything
	if err := json.MarshalWrite(sum, ssmapi.Entries(entries)); err != nil {
		return "", err
	}
	return muster.ContentHash(base64.StdEncoding.EncodeToString(sum.Sum(nil))), nil
}

// wire gives the item with its content, which is there even when it has no entries, or with its hash alone.
func (i item) wire(full bool) ssmapi.InventoryItem {
	w := ssmapi.InventoryItem{
		TypeName: &i.Type, SchemaVersion: &i.Version, CaptureTime: &i.Captured, ContentHash: i.hash,
	}
	if full {
		w.Content = append(ssmapi.Entries{}, i.Entries...)
	}
	return w
}

// sender is one run of Report.
type sender struct {
	node    muster.NodeID
	put     Put
	state   *State
	outcome Outcome
	failed  []error
}

// send sends the items in as many calls as they need, until the server cannot be reached. Full sends all content, whatever
// the state says.
func (s *sender) send(ctx context.Context, items []item, full bool) (reached bool) {
	for len(items) > 0 {
		n := s.fit(items, full)
		call := items[:n]
		items = items[n:]
		if !s.call(ctx, call, full) {
			return false
		}
	}
	return true
}

// fit is how many of the items go into one call.
func (s *sender) fit(items []item, full bool) int {
	var size int64
	for n, i := range items {
		if full || !s.known(i) {
			size += i.size
		}
		if n == muster.MaxItems || n > 0 && size > maxCall {
			return n
		}
	}
	return len(items)
}

// call makes one call of the items, and more if the server wants them in another way.
func (s *sender) call(ctx context.Context, items []item, full bool) (reached bool) {
	in := &ssmapi.PutInventoryInput{InstanceId: &s.node}
	outcome := s.outcome
	hashes := 0
	for _, i := range items {
		known := !full && s.known(i)
		in.Items = append(in.Items, i.wire(!known))
		outcome.Types++
		if known {
			outcome.Unchanged++
			hashes++
		} else {
			outcome.Entries += len(i.Entries)
		}
	}
	s.outcome.Calls++
	outcome.Calls++

	err := s.put(ctx, in)
	refused := refusal(err)
	switch {
	case err == nil:
		s.outcome = outcome
		if err := s.state.accepted(items); err != nil {
			s.failed = append(s.failed, err)
		}
		return true
	case refused == nil:
		s.failed = append(s.failed, err)
		return false
	case hashes > 0 && wantsContent(refused.Code):
		return s.send(ctx, items, true)
	case len(items) > 1 && aboutAnItem(refused.Code):
		for n := range items {
			if !s.call(ctx, items[n:n+1], full) {
				return false
			}
		}
		return true
	}
	s.failed = append(s.failed, fmt.Errorf("reporting %s: %w", names(items), err))
	return true
}

func (s *sender) known(i item) bool { return s.state.hash(i.Type) == i.hash }

// wantsContent says whether the code asks for the content of what was sent as a hash.
func wantsContent(c muster.Code) bool {
	return c == muster.CodeItemContentMismatch || c == muster.CodeInvalidItemContent
}

// aboutAnItem says whether the call may have been refused for one item, and the others have a chance without it.
func aboutAnItem(c muster.Code) bool {
	switch c {
	case muster.CodeInvalidItemContent, muster.CodeInvalidTypeName, muster.CodeItemSizeLimitExceeded,
		muster.CodeTotalSizeLimitExceeded, muster.CodeCustomSchemaCountLimitExceeded,
		muster.CodeUnsupportedInventorySchemaVersion, muster.CodeValidation:
		return true
	}
	return false
}

func names(items []item) string {
	if len(items) == 1 {
		return string(items[0].Type)
	}
	return fmt.Sprintf("%s and %d more types", items[0].Type, len(items)-1)
}
