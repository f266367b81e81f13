package mustertest_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// item is one of a report. Content is JSON; an item without any is a hash alone.
type item struct{ typ, version, hash, content string }

// When reports were gathered.
const (
	first  = "2026-11-21T22:27:52Z"
	second = "2026-11-21T22:57:53Z"
	later  = "2026-11-21T23:27:54Z"
)

// ofNothing is the agent's hash of a type that it found nothing of: the MD5 of the text null.
const ofNothing = "N6YlnMDB2uKZp4Zkid/wvQ=="

// gathered is what a host has to report, in the random order of the agent's gatherers. On the wire some characters go as they are that
// are escaped in the text that the hash is of, so that nobody can compute it from what it receives.
func gathered() []item {
	return []item{
		{"AWS:Network", "1.0", "yV1Bl1Zc0nHk3bJmJwQxXg==", `[{"IPV4":"192.0.2.7","IPV6":"fe80::1","MacAddress":"02:00:00:00:00:01","Name":"eth0"}]`},
		{"Custom:RackInfo", "2.1", "m2QbWq3iY0vNqzN5oQ2oGw==", `[{"Rack":"12","Row":"B"},{"Rack":"","Row":"C"}]`},
		{"AWS:Application", "1.1", "5d41Aksqyx1Zx7uX1YkX2A==", `[{"ApplicationType":"admin","Architecture":"x86_64","Name":"bash","PackageId":"bash_5.2_amd64.deb","Publisher":"Matthias Klose <doko@debian.org> & others","Summary":"a` + "\u2028" + `b","Version":"5.2"},` +
			`{"Architecture":"x86_64","Name":"zlib1g","Publisher":"","Version":"1.2"}]`},
		{"AWS:BillingInfo", "1.0", ofNothing, `[]`},
		{"AWS:AWSComponent", "1.0", ofNothing, `[]`},
		{"AWS:InstanceDetailedInformation", "1.0", "q7rJ1mWZ3uVvF2m7cYb0TA==", `[{"CPUCores":"1","CPUHyperThreadEnabled":"false","CPUModel":"EPYC","CPUSockets":"1","CPUSpeedMHz":"","CPUs":"2","KernelVersion":"6.1","OSServicePack":""}]`},
	}
}

// unchanged gives the items as hashes, all with the version of another type, as the agent has it by mistake.
func unchanged(items []item, version string) []item {
	items = slices.Clone(items)
	for i := range items {
		items[i].version, items[i].content = version, ""
	}
	return items
}

// with gives the items with one of them replaced.
func with(items []item, replacement item) []item {
	items = slices.Clone(items)
	at := slices.IndexFunc(items, func(it item) bool { return it.typ == replacement.typ })
	items[at] = replacement
	return items
}

// reports is a node's first reports, each as it comes after the one before, and what the server has after each.
func (m *machine) reports() {
	m.t.Helper()
	all := gathered()
	m.puts("", first, all...)
	m.has(first, all)

	m.puts("", second, unchanged(all, "1.0")...)
	m.has(second, all)
	m.srv.Restart()
	m.puts("", second, unchanged(all, "1.1")...)
	m.has(second, all)

	rack := item{"Custom:RackInfo", "2.1", "r3dWq3iY0vNqzN5oQ2oGwQ==", `[{"Rack":"13","Row":"B"}]`}
	m.puts("ItemContentMismatchException", later, unchanged(with(all, rack), "1.0")...)
	m.has(second, all) // nothing of that call
	all = with(all, rack)
	m.puts("", later, all...) // the agent comes again with everything
	m.has(later, all)

	network := item{"AWS:Network", "1.0", "w9dWq3iY0vNqzN5oQ2oGwQ==", `[{"IPV4":"192.0.2.8","IPV6":"","MacAddress":"02:00:00:00:00:01","Name":"eth0"}]`}
	m.puts("", first, with(unchanged(all, "1.1"), network)...)
	all = with(all, network)
	m.has(first, all)

	unknown := item{typ: "AWS:File", version: "1.0", hash: "0000q3iY0vNqzN5oQ2oGwQ=="}
	m.puts("ItemContentMismatchException", later, append(with(unchanged(all, "1.0"), gathered()[0]), unknown)...)
	m.has(first, all)

	nothing := item{"Custom:RackInfo", "2.1", ofNothing, `[]`}
	m.puts("", second, with(unchanged(all, "1.0"), nothing)...)
	all = with(all, nothing)
	m.has(second, all)
	m.puts("", later, unchanged(all, "1.0")...)
	m.has(later, all)

	m.puts("", first, gathered()...)
	admin := administrator(m.t, m.srv)
	wants(m.t, admin.callText("DeleteInventory", `{"SchemaDeleteOption":"DeleteSchema","TypeName":"Custom:RackInfo"}`), "")
	m.srv.Work()
	m.puts("ItemContentMismatchException", second, unchanged(gathered(), "1.0")...)
	m.puts("", second, gathered()...) // what the server has lost it gets again
	m.has(second, gathered())
}

func putText(node, captured string, items []item) string {
	texts := make([]string, len(items))
	for i, it := range items {
		content := ""
		if it.content != "" {
			content = `"Content":` + it.content + `,`
		}
		texts[i] = fmt.Sprintf(`{"CaptureTime":"%s",%s"ContentHash":"%s","SchemaVersion":"%s","TypeName":"%s"}`, captured, content, it.hash, it.version, it.typ)
	}
	return fmt.Sprintf(`{"InstanceId":"%s","Items":[%s]}`, node, strings.Join(texts, ","))
}

// puts reports the items, and wants the code, "" for a success.
func (m *machine) puts(code, captured string, items ...item) {
	m.t.Helper()
	r := m.bySession("AmazonSSM.PutInventory", []byte(putText(m.node, captured, items)))
	m.refusesAltered(r)
	wants(m.t, send(m.t, r), code)
}

// has compares what the server has of the node with the items, which were captured then.
func (m *machine) has(captured string, items []item) {
	m.t.Helper()
	admin := administrator(m.t, m.srv)
	for _, it := range items {
		a := admin.callText("ListInventoryEntries", fmt.Sprintf(`{"InstanceId":"%s","TypeName":"%s"}`, m.node, it.typ))
		wants(m.t, a, "")
		var content any
		if err := json.Unmarshal([]byte(it.content), &content); err != nil {
			m.t.Fatal(err)
		}
		if a.text("SchemaVersion") != it.version || a.text("CaptureTime") != captured || !reflect.DeepEqual(a.members["Entries"], content) {
			m.t.Errorf("the server has %v\nwant %s of %s, version %s: %s", a.members, it.typ, captured, it.version, it.content)
		}
	}
}
