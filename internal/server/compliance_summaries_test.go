package server

import (
	"context"
	"testing"

	"muster"
	"muster/internal/ssmapi"
)

// TestSummariesAreCountedAlike: what is counted without a look at each node is what a look at each would count.
func TestSummariesAreCountedAlike(t *testing.T) {
	t.Parallel()
	r := newRig(t, false)
	for n, status := range []string{"COMPLIANT", "NON_COMPLIANT", "COMPLIANT", "COMPLIANT"} {
		for _, complianceType := range []string{"Association", "Patch"} {
			of := entry("ComplianceType", complianceType, "ExecutionId", "run")
			r.putItem(n, ssmapi.InventoryItem{
				TypeName: new(muster.TypeComplianceItem), Context: ssmapi.Attributes(of),
				Content: ssmapi.Entries{entry("Id", "a", "Status", status, "Severity", "HIGH"), entry("Id", "b", "Status", "COMPLIANT", "Severity", "LOW")},
			})
		}
	}
	filter := func(key, op string, values ...string) ssmapi.ComplianceFilter {
		return ssmapi.ComplianceFilter{Key: key, Type: op, Values: values}
	}
	everyRun := filter("ExecutionId", "EQUAL", "run") // for which each is looked at
	for _, c := range []struct {
		filters        []ssmapi.ComplianceFilter
		types          int
		compliant, not int // nodes of each type
	}{
		{nil, 2, 3, 1},
		{[]ssmapi.ComplianceFilter{filter("ComplianceType", "EQUAL", "patch")}, 1, 3, 1},
		{[]ssmapi.ComplianceFilter{filter("ComplianceType", "NOT_EQUAL", "Patch"), filter("Status", "EQUAL", "COMPLIANT")}, 1, 3, 0},
		{[]ssmapi.ComplianceFilter{filter("Status", "NOT_EQUAL", "COMPLIANT")}, 2, 0, 1},
		{[]ssmapi.ComplianceFilter{filter("InstanceId", "EQUAL", string(nodeID(1)), string(nodeID(2)))}, 2, 1, 1},
		{[]ssmapi.ComplianceFilter{filter("AWS:InstanceInformation.InstanceId", "EQUAL", string(nodeID(3)))}, 2, 1, 0},
		{[]ssmapi.ComplianceFilter{filter("OverallSeverity", "EQUAL", "LOW")}, 0, 0, 0},
	} {
		for _, filters := range [][]ssmapi.ComplianceFilter{c.filters, append([]ssmapi.ComplianceFilter{everyRun}, c.filters...)} {
			out, err := r.listComplianceSummaries(context.Background(), r.caller, &ssmapi.ComplianceSummariesInput{Filters: filters})
			if err != nil {
				t.Fatal(err)
			}
			if len(out.ComplianceSummaryItems) != c.types {
				t.Errorf("%v: %d types, want %d", filters, len(out.ComplianceSummaryItems), c.types)
			}
			for _, it := range out.ComplianceSummaryItems {
				if it.CompliantSummary.SeveritySummary.HighCount != c.compliant || it.NonCompliantSummary.SeveritySummary.HighCount != c.not {
					t.Errorf("%v: %+v, want %d and %d nodes", filters, it, c.compliant, c.not)
				}
			}
		}
	}
}
