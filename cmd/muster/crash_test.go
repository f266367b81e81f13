package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster"
	"muster/internal/client"
	"muster/internal/sigv4"
	"muster/internal/ssmapi"
)

// crashTypes are what every report of the crash test has. A call is one unit: a node has all of them from one report.
var crashTypes = []muster.TypeName{"AWS:Application", "Custom:CrashA", "Custom:CrashB", "Custom:CrashC"}

// TestCrash kills a server while eight nodes report to it, and looks what the next one knows: all that was acknowledged, and
// of each node the whole of one report. It does so 3 times, with MUSTER_SLOW=1 20 times, at moments that MUSTER_SEED chooses.
func TestCrash(t *testing.T) {
	t.Parallel()
	rounds, seed := 3, uint64(time.Now().UnixNano())
	if os.Getenv("MUSTER_SLOW") != "" {
		rounds = 20
	}
	if given := os.Getenv("MUSTER_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("MUSTER_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	work := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH")}
	var nodes [8]crashNode
	for i := range nodes {
		nodes[i].id = muster.NodeID(fmt.Sprintf("mi-%017x", i))
	}
	var s server
	t.Cleanup(s.kill)
	for round := range rounds {
		if err := s.start(work, env); err != nil {
			t.Fatal(err)
		}
		c := crashClient(t, &s)
		if round > 0 {
			checkNodes(t, c, nodes[:])
		}
		crash(t, c, &s, nodes[:], time.Duration(random.Int64N(int64(250*time.Millisecond))))
	}
	if err := s.start(work, env); err != nil {
		t.Fatal(err)
	}
	checkNodes(t, crashClient(t, &s), nodes[:])
	reports := 0
	for _, n := range nodes {
		reports += n.tried
	}
	t.Logf("%d reports, %d crashes", reports, rounds)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

func checkNodes(t *testing.T, c *client.Client, nodes []crashNode) {
	t.Helper()
	for i := range nodes {
		if err := errors.Join(nodes[i].check(t.Context(), c), nodes[i].checkChanges(t.Context(), c), nodes[i].checkHashes(t.Context(), c)); err != nil {
			t.Error(err)
		}
	}
}

// crash lets all nodes report without a pause, and kills the server some time after each has been acknowledged once.
func crash(t *testing.T, c *client.Client, s *server, nodes []crashNode, after time.Duration) {
	t.Helper()
	var killed atomic.Bool
	var reporting, started sync.WaitGroup
	started.Add(len(nodes))
	for i := range nodes {
		reporting.Go(func() {
			for first := true; ; first = false {
				err := nodes[i].report(t.Context(), c)
				if first {
					started.Done()
				}
				if err != nil {
					if !killed.Load() {
						t.Errorf("%s: a report to a server that lives: %v", nodes[i].id, err)
					}
					return
				}
			}
		})
	}
	started.Wait()
	<-time.After(after)
	killed.Store(true)
	s.kill()
	reporting.Wait()
}

func crashClient(t *testing.T, s *server) *client.Client {
	t.Helper()
	key, err := client.LoadCredentials(filepath.Join(s.cmd.Dir, "muster-data", "credentials"), "")
	if err != nil {
		t.Fatal(err)
	}
	return clientWith(t, s, key)
}

func clientWith(t *testing.T, s *server, key sigv4.Credentials) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{Endpoint: s.url, Region: "us-east-1", Credentials: key, MaxAttempts: 1, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// crashNode is a node that remembers what it was promised. Its reports are numbered.
type crashNode struct {
	id    muster.NodeID
	acked int // the last report that was acknowledged, or seen after a crash
	tried int // the last report that was sent
}

// report sends the next report. Every third time it first sends one that is refused for its last item, and must leave nothing.
func (n *crashNode) report(ctx context.Context, c *client.Client) error {
	n.tried++
	if n.tried%3 == 0 {
		refused := n.input("half a call")
		refused.Items[len(refused.Items)-1] = hashOnly(refused.Items[len(refused.Items)-1])
		if _, err := putInventory(ctx, c, refused); errorCode(err) != muster.CodeItemContentMismatch {
			return errors.Join(errors.New("a hash that nobody stored was not refused as such"), err)
		}
	}
	if _, err := putInventory(ctx, c, n.input(strconv.Itoa(n.tried))); err != nil {
		return err
	}
	n.acked = n.tried
	return nil
}

// check says what is wrong with what the server has of the node: it may be the last acknowledged report, or the one after it,
// that was on its way in the crash.
func (n *crashNode) check(ctx context.Context, c *client.Client) error {
	var found string
	for i, typ := range crashTypes {
		out, err := client.Call[ssmapi.ListInventoryEntriesInput, ssmapi.ListInventoryEntriesOutput](ctx, c, "ListInventoryEntries",
			&ssmapi.ListInventoryEntriesInput{InstanceId: &n.id, TypeName: &typ})
		if err != nil {
			return err
		}
		if len(out.Entries) != crashEntries {
			return fmt.Errorf("%s has %d entries of %s", n.id, len(out.Entries), typ)
		}
		for k, e := range out.Entries {
			name, _ := e.Get("Name")
			report, _ := e.Get("Version")
			if i == 0 && k == 0 {
				found = report
			}
			if report != found || name != crashName(n.id, found, k) {
				return fmt.Errorf("%s shows half a call: report %s, and of %s entry %d is %v", n.id, found, typ, k, e)
			}
		}
	}
	if found != strconv.Itoa(n.acked) && found != strconv.Itoa(n.tried) {
		return fmt.Errorf("%s has report %s: %d was acknowledged, %d was sent last", n.id, found, n.acked, n.tried)
	}
	var err error
	n.acked, err = strconv.Atoi(found)
	return err
}

// checkChanges says whether the newest change that the server knows is that of the report that it has, and each led to an earlier one.
func (n *crashNode) checkChanges(ctx context.Context, c *client.Client) error {
	for _, typ := range crashTypes {
		out, err := client.Call[ssmapi.ListInventoryChangesInput, ssmapi.ListInventoryChangesOutput](ctx, c, "Muster.ListInventoryChanges",
			&ssmapi.ListInventoryChangesInput{InstanceId: &n.id, TypeName: &typ})
		if err != nil {
			return err
		}
		var reports []int
		for _, change := range out.Changes {
			i := slices.IndexFunc(change.Entries, func(e ssmapi.EntryChange) bool { return e.After != nil })
			if i < 0 {
				return fmt.Errorf("%s has a change of %s by which nothing came, with %d entries", n.id, typ, len(change.Entries))
			}
			text, _ := muster.Entry(change.Entries[i].After).Get("Version")
			report, _ := strconv.Atoi(text)
			reports = append(reports, report)
		}
		falling := slices.IsSortedFunc(reports, func(a, b int) int { return cmp.Compare(b, a) })
		if !falling || n.acked > 1 && (len(reports) == 0 || reports[0] != n.acked) {
			return fmt.Errorf("%s has report %d of %s, and changes by the reports %v", n.id, n.acked, typ, reports)
		}
	}
	return nil
}

// checkHashes says whether the server takes the hashes of what it shows.
func (n *crashNode) checkHashes(ctx context.Context, c *client.Client) error {
	in := n.input(strconv.Itoa(n.acked))
	for i := range in.Items {
		in.Items[i] = hashOnly(in.Items[i])
	}
	if _, err := putInventory(ctx, c, in); err != nil {
		return fmt.Errorf("%s, the hashes of report %d: %w", n.id, n.acked, err)
	}
	return nil
}

const crashEntries = 20

// crashName makes half of the entries shared by all nodes and reports but for their version, and half their report's own.
func crashName(id muster.NodeID, report string, k int) string {
	if k%2 == 0 {
		return fmt.Sprint("shared-", k)
	}
	return fmt.Sprint(id, "-", report, "-", k)
}

func (n *crashNode) input(report string) *ssmapi.PutInventoryInput {
	in := &ssmapi.PutInventoryInput{InstanceId: &n.id}
	version, captured := muster.Version("1.1"), muster.CaptureTime("2026-01-02T03:04:05Z")
	for _, typ := range crashTypes {
		item := ssmapi.InventoryItem{
			TypeName: &typ, SchemaVersion: &version, CaptureTime: &captured,
			ContentHash: muster.ContentHash("hash of " + report),
		}
		for k := range crashEntries {
			item.Content = append(item.Content, muster.Entry{}.With("Name", crashName(n.id, report, k)).With("Version", report))
		}
		in.Items = append(in.Items, item)
	}
	return in
}

func hashOnly(item ssmapi.InventoryItem) ssmapi.InventoryItem {
	item.Content = nil
	return item
}

func putInventory(ctx context.Context, c *client.Client, in *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
	return client.Call[ssmapi.PutInventoryInput, ssmapi.PutInventoryOutput](ctx, c, "PutInventory", in)
}

func errorCode(err error) muster.Code {
	if refused, ok := errors.AsType[*client.Error](err); ok {
		return refused.Code
	}
	return ""
}
