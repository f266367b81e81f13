package fleet

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"muster"
	"muster/internal/history"
)

// model is the rules of the inventory over maps, written down a second time and without any care for speed or durability.
type model struct {
	spaces map[muster.Space]*modelSpace
	ids    map[string]string // from the model's name of a deletion to the fleet's
	made   int               // deletions
	loaded time.Time
	lag    time.Duration // of the stored times of pings
}

type modelSpace struct {
	nodes     map[muster.NodeID]muster.Node
	kept      map[muster.NodeID]time.Time // the last ping, as far as it is durable
	echoes    map[muster.NodeID]string    // the last ping of all that said less than the node's pings together, and what these said
	items     map[muster.ItemKey]modelItem
	types     map[muster.TypeName]modelType
	deletions []muster.Deletion // oldest first
	tokens    map[string]modelToken
}

type modelItem struct {
	version  muster.Version
	captured muster.CaptureTime
	hash     muster.ContentHash
	context  muster.Entry
	content  []muster.Entry
	reported time.Time
	changes  []string // of the content, the newest first
}

type modelType struct {
	attributes map[muster.Version][]string
	disabled   muster.Version
}

type modelToken struct {
	id      string
	request DeleteRequest
}

func newModel(now time.Time, lag time.Duration) *model {
	return &model{spaces: map[muster.Space]*modelSpace{}, ids: map[string]string{}, loaded: now, lag: lag}
}

func (m *model) space(name muster.Space) *modelSpace {
	if m.spaces[name] == nil {
		m.spaces[name] = &modelSpace{
			nodes: map[muster.NodeID]muster.Node{}, kept: map[muster.NodeID]time.Time{}, echoes: map[muster.NodeID]string{}, items: map[muster.ItemKey]modelItem{},
			types: map[muster.TypeName]modelType{}, tokens: map[string]modelToken{},
		}
	}
	return m.spaces[name]
}

// put changes nothing if it gives a code.
func (m *model) put(now time.Time, name muster.Space, p *Put) muster.Code {
	sp := m.space(name)
	before := modelSpace{maps.Clone(sp.nodes), maps.Clone(sp.kept), sp.echoes, maps.Clone(sp.items), maps.Clone(sp.types), sp.deletions, sp.tokens}
	n, known := sp.nodes[p.Node]
	if !known {
		n.Registered = now
	}
	said, says := saidStatus(p)
	if n.Status == muster.Terminated && (!p.Admin || !says || said == muster.Terminated) {
		return muster.CodeInvalidInstanceID
	}
	if says && (n.Ping == nil || p.Admin) {
		n.Status = said
	}
	if n.Ping != nil {
		sp.kept[p.Node] = n.Ping.Last
		if says {
			n.Ping = &muster.Ping{Last: n.Ping.Last, Changed: now, Info: n.Ping.Info}
		}
	}
	n.Reported = now
	m.reporter(&n, p.Reporter, now)
	sp.nodes[p.Node] = n
	for i := range p.Items {
		if fault := sp.putItem(now, name, p.Node, &p.Items[i]); fault != "" {
			*sp = before
			return fault
		}
	}
	return ""
}

func (m *model) ping(now time.Time, name muster.Space, id muster.NodeID, info muster.Entry) muster.Code {
	sp := m.space(name)
	n, known := sp.nodes[id]
	if !known {
		n.Registered = now
	}
	if n.Status == muster.Terminated {
		return muster.CodeInvalidInstanceID
	}
	before := muster.Ping{Changed: now}
	lost := false
	if n.Ping != nil {
		before, lost = *n.Ping, m.lost(now, n)
	}
	attributes, says := map[string]string{}, map[string]string{}
	for _, f := range before.Info {
		attributes[f.Name] = f.Value
	}
	for _, f := range info {
		if f.Value != "" {
			attributes[f.Name], says[f.Name] = f.Value, f.Value
		}
	}
	after := muster.Ping{Last: now, Changed: before.Changed, Info: modelEntry(attributes)}
	changed := n.Ping == nil || lost || !after.Info.Equal(before.Info)
	if changed {
		after.Changed = now
	}
	whole, echo := after.Info.Equal(modelEntry(says)), fmt.Sprintf("%q of %q", modelEntry(says), after.Info)
	if changed || !whole && sp.echoes[id] != echo || now.Sub(sp.kept[id]) >= m.lag {
		sp.kept[id] = now
		if !whole {
			sp.echoes[id] = echo
		}
	}
	n.Ping = &after
	sp.nodes[id] = n
	return ""
}

func modelEntry(attributes map[string]string) muster.Entry {
	var fields []muster.Field
	for name, value := range attributes {
		fields = append(fields, muster.Field{Name: name, Value: value})
	}
	return muster.NewEntry(fields)
}

// reopen forgets the pings that were not durable.
func (m *model) reopen(now time.Time) {
	m.loaded = now
	for _, sp := range m.spaces {
		clear(sp.echoes)
		for id, n := range sp.nodes {
			if n.Ping != nil {
				n.Ping = &muster.Ping{Last: sp.kept[id], Changed: n.Ping.Changed, Info: n.Ping.Info}
				sp.nodes[id] = n
			}
		}
	}
}

// lost says whether a node is silent for too long.
func (m *model) lost(now time.Time, n muster.Node) bool { return !now.Before(m.lostAt(n)) }

func (m *model) lostAt(n muster.Node) time.Time {
	if n.Ping == nil {
		return n.Reported.Add(replayLost)
	}
	heard := n.Ping.Last
	if heard.Before(m.loaded) {
		if heard = heard.Add(m.lag); heard.After(m.loaded) {
			heard = m.loaded
		}
	}
	return heard.Add(replayPingLost)
}

// saidStatus is what a put says of the node's status, and whether it says anything.
func saidStatus(p *Put) (said muster.InstanceStatus, says bool) {
	for _, it := range p.Items {
		if it.Type != muster.TypeInstanceInformation || it.HashOnly {
			continue
		}
		for _, e := range it.Content {
			text, _ := e.Get("InstanceStatus")
			said = map[string]muster.InstanceStatus{"Active": "Active", "stopped": "Stopped", "Terminated": "Terminated"}[text]
		}
		return said, true
	}
	return "", false
}

func (m *model) reporter(n *muster.Node, host string, now time.Time) {
	switch n.Reporter.Fingerprint {
	case host, "":
	default:
		if host == "" {
			return
		}
		if n.Former.Fingerprint == host {
			n.Clone = now // no test runs for a week
		}
		n.Former = n.Reporter
	}
	if host != "" {
		n.Reporter = muster.Reporter{Fingerprint: host, Last: now}
	}
}

func (sp *modelSpace) putItem(now time.Time, name muster.Space, node muster.NodeID, it *PutItem) muster.Code {
	sub, _ := it.Context.Get("ComplianceType")
	key := muster.ItemKey{Space: name, Node: node, Type: it.Type, SubType: sub}
	stored, held := sp.items[key]
	typ, learned := sp.types[it.Type]

	version := it.Version
	if it.HashOnly {
		version = stored.version
	}
	if learned && typ.disabled != "" && version != "" && version.Compare(typ.disabled) <= 0 {
		return ""
	}
	if it.Type.Custom() && !it.HashOnly {
		wider, fault := typ.widen(it)
		if fault == "" && !learned && len(sp.types) >= replayLimits.CustomTypes {
			fault = muster.CodeCustomSchemaCountLimitExceeded
		}
		if fault != "" {
			return fault
		}
		sp.types[it.Type] = wider
		learned = true
	}
	if strings.HasPrefix(sub, "Custom:") && !held && sp.customSubTypes(name, node) >= replayLimits.ComplianceTypes {
		return muster.CodeSubTypeCountLimitExceeded
	}
	same := held && it.Hash != "" && it.Hash == stored.hash
	if it.HashOnly && (!same || it.Type.Custom() && !learned) {
		return muster.CodeItemContentMismatch
	}
	fresh := modelItem{version, it.Captured, it.Hash, it.Context, it.Content, now, nil}
	if same && it.Type != muster.TypeInstanceInformation || it.HashOnly {
		fresh.content = stored.content
	}
	if held {
		fresh.changes = stored.changesWith(fresh)
	}
	sp.items[key] = fresh
	if it.Type == muster.TypeComplianceItem {
		key.Type = muster.TypeComplianceSummary
		sp.items[key] = modelItem{"1.0", it.Captured, "", it.Context, []muster.Entry{muster.SummarizeCompliance(fresh.content)}, now, nil}
	}
	return ""
}

// changesWith gives the changes of the item when it is put as after.
func (it modelItem) changesWith(after modelItem) []string {
	went, came := slices.Clone(it.content), []muster.Entry(nil)
	for _, e := range after.content {
		if at := slices.IndexFunc(went, e.Equal); at >= 0 {
			went = slices.Delete(went, at, at+1)
		} else {
			came = append(came, e)
		}
	}
	if len(went)+len(came) == 0 {
		return it.changes
	}
	all := append([]string{entriesLine(after.reported, after.captured, went, came)}, it.changes...)
	return all[:min(len(all), history.MaxChanges)]
}

// widen gives the type with the attributes of the item.
func (t modelType) widen(it *PutItem) (modelType, muster.Code) {
	names := map[string]bool{}
	for _, e := range it.Content {
		for _, f := range e {
			names[f.Name] = true
		}
	}
	for _, known := range t.attributes {
		for _, a := range known {
			names[a] = true
		}
	}
	folded := map[string]bool{}
	for name := range names {
		folded[strings.ToLower(name)] = true
	}
	if len(folded) < len(names) {
		return t, muster.CodeInvalidItemContent
	}
	names = map[string]bool{}
	for _, a := range t.attributes[it.Version] {
		names[a] = true
	}
	for _, e := range it.Content {
		for _, f := range e {
			names[f.Name] = true
		}
	}
	wider := modelType{map[muster.Version][]string{}, t.disabled}
	maps.Copy(wider.attributes, t.attributes)
	wider.attributes[it.Version] = slices.Sorted(maps.Keys(names))
	return wider, ""
}

func (sp *modelSpace) customSubTypes(name muster.Space, node muster.NodeID) int {
	n := 0
	for key := range sp.items {
		if key.Space == name && key.Node == node && key.Type == muster.TypeComplianceItem && strings.HasPrefix(key.SubType, "Custom:") {
			n++
		}
	}
	return n
}

func (m *model) delete(now time.Time, name muster.Space, r DeleteRequest) (id string, fault muster.Code) {
	sp := m.space(name)
	if used, ok := sp.tokens[r.Token]; ok && r.Token != "" {
		if used.request != r {
			return used.id, muster.CodeInvalidDeleteInventoryParameters
		}
		return used.id, ""
	}
	m.made++
	id = fmt.Sprint(m.made)
	if r.Token != "" {
		sp.tokens[r.Token] = modelToken{id, r}
	}
	counts := map[muster.Version]int{}
	for key, it := range sp.items {
		if key.Type == r.Type {
			counts[it.version]++
			delete(sp.items, key)
		}
	}
	d := muster.Deletion{Type: r.Type, Option: r.Option, Token: r.Token, Started: now}
	for _, v := range sortedVersions(counts) {
		d.Counts = append(d.Counts, muster.VersionCount{Version: v, Count: counts[v]})
	}
	sp.deletions = append(sp.deletions, d)
	t, known := sp.types[r.Type]
	if !known {
		return id, ""
	}
	switch r.Option {
	case muster.DisableSchema:
		versions := sortedVersions(t.attributes)
		t.disabled = versions[len(versions)-1]
		sp.types[r.Type] = t
	case muster.DeleteSchema:
		delete(sp.types, r.Type)
	}
	return id, ""
}

func sortedVersions[V any](m map[muster.Version]V) []muster.Version {
	return slices.SortedFunc(maps.Keys(m), muster.Version.Compare)
}

func (m *model) expire(now time.Time) {
	for _, sp := range m.spaces {
		maps.DeleteFunc(sp.items, func(_ muster.ItemKey, it modelItem) bool { return now.Sub(it.reported) > replayRetain })
		maps.DeleteFunc(sp.nodes, func(_ muster.NodeID, n muster.Node) bool { return now.Sub(n.LastSign()) > replayRetain })
		maps.DeleteFunc(sp.echoes, func(id muster.NodeID, _ string) bool { _, known := sp.nodes[id]; return !known })
	}
}

// dump has the lines that dump gives for a fleet.
func (m *model) dump(now time.Time, spaces ...muster.Space) []string {
	var lines []string
	for _, name := range spaces {
		sp := m.space(name)
		prefix := fmt.Sprint(name, " ")
		items := maps.Clone(sp.items)
		for id, n := range sp.nodes {
			key := muster.ItemKey{Space: name, Node: id, Type: muster.TypeInstanceInformation}
			info, put := sp.items[key]
			items[key] = m.description(now, id, n, info, put)
		}
		for _, id := range slices.Sorted(maps.Keys(sp.nodes)) {
			lines = append(lines, prefix+nodeLine(id, sp.nodes[id]))
		}
		holders := map[muster.TypeName]map[muster.NodeID]bool{}
		for key := range items {
			if holders[key.Type] == nil {
				holders[key.Type] = map[muster.NodeID]bool{}
			}
			holders[key.Type][key.Node] = true
		}
		keys := slices.SortedFunc(maps.Keys(items), func(a, b muster.ItemKey) int {
			return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Node, b.Node), cmp.Compare(a.SubType, b.SubType))
		})
		for i, key := range keys {
			if i == 0 || keys[i-1].Type != key.Type {
				lines = append(lines, prefix+fmt.Sprintf("%s is held by %d", key.Type, len(holders[key.Type])))
			}
			it := items[key]
			lines = append(lines, prefix+itemLine(key.Node, key.Type, key.SubType, it.version, it.captured, it.reported, it.context, it.content))
		}
		for _, t := range slices.Sorted(maps.Keys(sp.types)) {
			lines = append(lines, prefix+fmt.Sprintf("%s: %+v", t, sp.types[t].record()))
		}
		for _, d := range slices.Backward(sp.deletions) {
			lines = append(lines, prefix+deletionLine(&d))
		}
	}
	return append(lines, m.dumpHistories(spaces...)...)
}

func (m *model) dumpHistories(spaces ...muster.Space) []string {
	var lines []string
	for _, name := range spaces {
		for key, it := range m.space(name).items {
			for i, c := range it.changes {
				lines = append(lines, historyLine(key, i, c))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func (t modelType) record() muster.CustomType {
	c := muster.CustomType{DisabledUpTo: t.disabled}
	for _, v := range sortedVersions(t.attributes) {
		c.Versions = append(c.Versions, muster.CustomVersion{Version: v, Attributes: t.attributes[v]})
	}
	return c
}

// description is the AWS:InstanceInformation that is shown of a node.
func (m *model) description(now time.Time, id muster.NodeID, n muster.Node, info modelItem, put bool) modelItem {
	lost := m.lost(now, n)
	attributes := map[string]string{"ResourceType": "ManagedInstance"}
	shown := modelItem{version: "1.0", captured: muster.NewCaptureTime(n.Registered)}
	if put {
		shown.version, shown.captured = info.version, info.captured
		for _, e := range info.content {
			for _, f := range e {
				attributes[f.Name] = f.Value
			}
		}
	}
	if n.Ping != nil {
		shown.captured = muster.NewCaptureTime(n.Ping.Changed)
		for _, f := range n.Ping.Info {
			attributes[f.Name] = f.Value
		}
	}
	attributes["InstanceId"], attributes["InstanceStatus"] = string(id), "Active"
	if lost {
		attributes["InstanceStatus"] = "ConnectionLost"
	}
	if put && n.Status != "" && n.Ping == nil || n.Status == muster.Terminated {
		attributes["InstanceStatus"] = string(n.Status)
	}
	if attributes["InstanceStatus"] == "ConnectionLost" && (!put || n.Ping != nil) {
		shown.captured = muster.NewCaptureTime(m.lostAt(n))
		if n.Ping != nil {
			shown.captured = muster.NewCaptureTime(n.Ping.Last.Add(replayPingLost))
		}
	}
	if !n.Clone.IsZero() {
		attributes["SuspectedClone"] = "true"
	}
	shown.content = []muster.Entry{modelEntry(attributes)}
	return shown
}
