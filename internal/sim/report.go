package sim

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/cespare/xxhash/v2"

	"muster"
	"muster/internal/ssmapi"
)

// The times of a simulated fleet. They have nothing to do with the clock, so that a report is the same whenever it is made.
var start = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Unix()

// interval is how far generations are apart, in seconds: the half hour that AWS recommends for inventory.
const interval = 30 * 60

// Scratch is memory for a report, to be used for one after the other. The zero value is ready. It is for one goroutine at a time.
type Scratch struct {
	text
	fields   []muster.Field
	entries  []muster.Entry
	items    []ssmapi.InventoryItem
	installs []install
	extras   []int32
	patches  []int

	// Of the report that is being made:
	fleet *Fleet
	node  int
	key   uint64
	image *image
	past  past

	field0, entry0 int           // where the entry and the item begin
	sum            uint64        // of the item's entries so far
	sums           [types]uint64 // of the items that are ended
	captured       muster.CaptureTime
}

// itemKind is the name of a type and the version that nodes send it with. Items point to them.
type itemKind struct {
	name    muster.TypeName
	version muster.Version
}

// The types of a Linux and of a Windows node.
var (
	instanceInformation = &itemKind{muster.TypeInstanceInformation, "1.0"}
	detailedInformation = &itemKind{"AWS:InstanceDetailedInformation", "1.0"}
	application         = &itemKind{"AWS:Application", "1.1"}
	awsComponent        = &itemKind{"AWS:AWSComponent", "1.0"}
	network             = &itemKind{"AWS:Network", "1.0"}
	service             = &itemKind{"AWS:Service", "1.0"}
	file                = &itemKind{"AWS:File", "1.0"}
	windowsUpdate       = &itemKind{"AWS:WindowsUpdate", "1.0"}
	patchSummary        = &itemKind{muster.TypePatchSummary, "1.0"}
	complianceItem      = &itemKind{muster.TypeComplianceItem, "1.0"}
	billingInfo         = &itemKind{"AWS:BillingInfo", "1.0"}
	certificate         = &itemKind{"Custom:Certificate", "1.2"}
)

// types is how many a node reports.
const types = 10

// The same in the order in which they are reported.
var (
	linuxKinds = [types]*itemKind{instanceInformation, detailedInformation, application, network, service, file, certificate,
		complianceItem, patchSummary, billingInfo}
	windowsKinds = [types]*itemKind{instanceInformation, detailedInformation, application, network, service, awsComponent, windowsUpdate,
		complianceItem, patchSummary, billingInfo}
)

// Report gives what the node reports in the generation, each of its types in full and with its hash: about 600 entries and
// 380 kB of JSON. The hash is not the AWS agent's MD5, which would take longer than all the rest, but like it changes when the
// content does and only then; nobody but the node could compute either.
//
// The items, and all slices in them, are s's, and hold until its next report. Their strings may be kept.
func (f *Fleet) Report(s *Scratch, i, generation int) []ssmapi.InventoryItem {
	s.begin(f, i, generation)
	s.instanceInformation()
	s.detailedInformation()
	s.applications()
	s.network()
	s.services()
	if s.image.platform() == Windows {
		s.awsComponents()
		s.windowsUpdates()
	} else {
		s.files()
		s.certificates()
	}
	s.compliance()
	s.end(billingInfo) // has nothing to say outside of a marketplace
	return s.items
}

// hashes gives what the node reports in the generation if no item has changed since it came to these sums: hashes without content,
// and as the AWS agent does by mistake, all with the version of the last.
func (f *Fleet) hashes(s *Scratch, i, generation int, sums *[types]uint64) []ssmapi.InventoryItem {
	s.begin(f, i, generation)
	kinds := &linuxKinds
	if s.image.platform() == Windows {
		kinds = &windowsKinds
	}
	for n, kind := range kinds {
		it := ssmapi.InventoryItem{
			TypeName: &kind.name, SchemaVersion: &kinds[types-1].version, CaptureTime: &s.captured, ContentHash: s.hash(sums[n]),
		}
		if kind == complianceItem {
			it.Context = s.scan().context()
		}
		s.items = append(s.items, it)
	}
	return s.items
}

func (s *Scratch) begin(f *Fleet, i, generation int) {
	s.text.begin()
	s.fields, s.entries, s.items = s.fields[:0], s.entries[:0], s.items[:0]
	s.field0, s.entry0, s.sum = 0, 0, 0
	s.fleet, s.node, s.key, s.image = f, i, f.key(i), f.image(i)
	s.past = f.past(i, generation, s.patches)
	s.patches = s.past.patches
	s.captured = muster.CaptureTime(s.moment(start + int64(generation)*interval + int64(s.key%interval)))
}

// add gives the entry an attribute. They have to come in the order of their names.
func (s *Scratch) add(name, value string) {
	s.fields = append(s.fields, muster.Field{Name: name, Value: value})
}

// next ends the entry.
func (s *Scratch) next() {
	var sum uint64
	for _, f := range s.fields[s.field0:] {
		sum = mix(sum^uint64(len(f.Name))) ^ xxhash.Sum64String(f.Value)
	}
	s.nextOf(sum)
}

// nextOf ends an entry of which it is known what it comes to. Long texts that are all over the memory need not be read for it.
func (s *Scratch) nextOf(sum uint64) {
	s.entries = append(s.entries, muster.Entry(s.fields[s.field0:len(s.fields):len(s.fields)]))
	s.field0, s.sum = len(s.fields), mix(s.sum+sum)
}

// end makes an item of the entries since the last one.
func (s *Scratch) end(kind *itemKind) *ssmapi.InventoryItem {
	content := ssmapi.Entries{}
	if s.entry0 < len(s.entries) {
		content = ssmapi.Entries(s.entries[s.entry0:len(s.entries):len(s.entries)])
	}
	s.sums[len(s.items)] = s.sum
	s.items = append(s.items, ssmapi.InventoryItem{
		TypeName: &kind.name, SchemaVersion: &kind.version, CaptureTime: &s.captured, ContentHash: s.hash(s.sum), Content: content,
	})
	s.entry0, s.sum = len(s.entries), 0
	return &s.items[len(s.items)-1]
}

// sumOf reads texts.
func sumOf(texts ...string) uint64 {
	var sum uint64
	for _, t := range texts {
		sum = mix(sum) ^ xxhash.Sum64String(t)
	}
	return sum
}

// hash gives 24 characters, as many as the agent's have.
func (s *Scratch) hash(sum uint64) muster.ContentHash {
	var raw [16]byte
	binary.LittleEndian.PutUint64(raw[:], sum)
	binary.LittleEndian.PutUint64(raw[8:], mix(sum))
	var encoded [24]byte
	base64.StdEncoding.Encode(encoded[:], raw[:])
	mark := s.mark()
	s.b.Write(encoded[:])
	return muster.ContentHash(s.from(mark))
}

func (s *Scratch) roll(q question, n int) dice { return roll(s.key, q, n) }
