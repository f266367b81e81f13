package server

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"muster"
	"muster/internal/fleet"
	"muster/internal/ssmapi"
	"muster/internal/store"
)

// BenchmarkNodePage is one page of what has to look at many nodes, in a fleet of 100,000 that ping, run the default association and
// report two types of compliance.
func BenchmarkNodePage(b *testing.B) {
	r := managedFleet(b, 100_000)
	ctx, association := context.Background(), r.fleet.Associations(r.caller.Space)[0].ID
	describe := func(key, value string) func() (any, error) {
		return func() (any, error) {
			return r.describeInstanceInformation(ctx, r.caller, &ssmapi.DescribeInstanceInformationInput{
				Filters: ssmapi.List[ssmapi.InstanceInformationStringFilter]{{Key: &key, Values: []string{value}}},
			})
		}
	}
	summaries := func(filters ...ssmapi.ComplianceFilter) *ssmapi.ComplianceSummariesInput {
		return &ssmapi.ComplianceSummariesInput{Filters: filters}
	}
	nothing := ssmapi.ComplianceFilter{Key: "ExecutionId", Values: []string{"none"}}
	for _, of := range []struct {
		name string
		page func() (any, error)
	}{
		{"list-associations", func() (any, error) { return r.listAssociations(ctx, r.caller, &ssmapi.ListAssociationsInput{}) }},
		{"describe-association", func() (any, error) {
			return r.describeAssociation(ctx, r.caller, &ssmapi.DescribeAssociationInput{AssociationId: association})
		}},
		{"nodes/all", func() (any, error) {
			return r.describeInstanceInformation(ctx, r.caller, &ssmapi.DescribeInstanceInformationInput{})
		}},
		{"nodes/no-activation", describe("ActivationIds", "00000000-0000-0000-0000-000000000000")},
		{"nodes/no-association-status", describe("AssociationStatus", "none")},
		{"nodes/tag", describe("tag:Role", "none")},
		{"nodes/properties-no-document", func() (any, error) {
			return r.describeInstanceProperties(ctx, r.caller, &ssmapi.DescribeInstancePropertiesInput{
				InstancePropertyFilterList: ssmapi.List[ssmapi.InstancePropertyFilter]{{Key: new("DocumentName"), ValueSet: []string{"none"}}},
			})
		}},
		{"list-nodes", func() (any, error) { return r.listNodes(ctx, r.caller, &ssmapi.ListNodesInput{}) }},
		{"compliance-summaries", func() (any, error) { return r.listComplianceSummaries(ctx, r.caller, summaries()) }},
		{"compliance-summaries/one-type", func() (any, error) {
			return r.listComplianceSummaries(ctx, r.caller, summaries(ssmapi.ComplianceFilter{Key: "ComplianceType", Values: []string{"Patch"}}))
		}},
		{"resource-summaries", func() (any, error) {
			return r.listResourceComplianceSummaries(ctx, r.caller, summaries())
		}},
		{"resource-summaries/none-severe", func() (any, error) {
			return r.listResourceComplianceSummaries(ctx, r.caller, summaries(ssmapi.ComplianceFilter{Key: "OverallSeverity", Values: []string{"HIGH"}}))
		}},
		{"resource-summaries/none", func() (any, error) { return r.listResourceComplianceSummaries(ctx, r.caller, summaries(nothing)) }},
		{"compliance-items", func() (any, error) {
			return r.listComplianceItems(ctx, r.caller, &ssmapi.ListComplianceItemsInput{})
		}},
		{"compliance-items/none-severe", func() (any, error) {
			return r.listComplianceItems(ctx, r.caller, &ssmapi.ListComplianceItemsInput{Filters: ssmapi.List[ssmapi.ComplianceFilter]{{Key: "Severity", Values: []string{"INFORMATIONAL"}}}})
		}},
		{"compliance-items/none", func() (any, error) {
			return r.listComplianceItems(ctx, r.caller, &ssmapi.ListComplianceItemsInput{Filters: ssmapi.List[ssmapi.ComplianceFilter]{nothing}})
		}},
	} {
		b.Run(of.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := of.page(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// managedFleet is committed in one piece, for a store in memory copies itself for each call.
func managedFleet(b *testing.B, nodes int) *rig {
	r := newRig(b, false)
	space, association := r.caller.Space, r.fleet.Associations(r.caller.Space)[0].ID
	now := time.Now()
	var all []muster.Change
	for n := range nodes {
		node := nodeID(n)
		all = append(all,
			muster.Change{Key: muster.NodeKey{Space: space, Node: node}, Value: &muster.Node{Registered: now, Reported: now, Ping: &muster.Ping{
				Last: now, Changed: now, Info: entry("AgentType", "amazon-ssm-agent", "AgentVersion", "3.3.0.0", "ComputerName", fmt.Sprint("host-", n), "PlatformType", "Linux"),
			}}},
			muster.Change{Key: muster.ExecutionKey{Space: space, Node: node, Association: association}, Value: &muster.Execution{Status: "Success", Executed: muster.NanosOf(now)}},
		)
		for kind, items := range map[string]int{"Association": 1, "Patch": 10 + n%5} {
			var content []muster.Entry
			for i := range items {
				content = append(content, entry("Id", kind+strconv.Itoa(i), "Title", "", "Severity", "LOW", "Status", "COMPLIANT", "Classification", "Security"))
			}
			put := func(t muster.TypeName, content ...muster.Entry) {
				item := &muster.Item{
					Version: "1.0", Captured: muster.NewCaptureTime(now), Reported: now, Content: &muster.Content{Rows: make([]muster.RowID, len(content))},
					Context: entry("ComplianceType", kind, "ExecutionTime", string(muster.NewCaptureTime(now))),
				}
				for i, e := range content {
					item.Content.Fresh = append(item.Content.Fresh, muster.FreshRow{At: i, Entry: e})
				}
				all = append(all, muster.Change{Key: muster.ItemKey{Space: space, Node: node, Type: t, SubType: kind}, Value: item})
			}
			put(muster.TypeComplianceItem, content...)
			put(muster.TypeComplianceSummary, entry("Status", "COMPLIANT", "OverallSeverity", "LOW", "CompliantLowCount", strconv.Itoa(items)))
		}
	}
	s := store.NewMemory()
	outcomes, err := s.Commit(context.Background(), []store.Call{{Decide: func(store.View) ([]muster.Change, error) { return all, nil }}})
	if err != nil || outcomes[0].Err != nil {
		b.Fatal(err, outcomes)
	}
	f, err := fleet.Open(context.Background(), fleet.Config{Store: s, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	r.fleet = f
	r.restart(false)
	return r
}
