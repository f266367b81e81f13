package muster

import (
	"slices"
	"strconv"
	"strings"
)

// The words of compliance that are counted.
const (
	Compliant    = "COMPLIANT"
	NonCompliant = "NON_COMPLIANT"
)

// severities are AWS's, the highest first, as the attributes of AWS:ComplianceSummary spell them.
var severities = [...]string{"Critical", "High", "Medium", "Low", "Informational", "Unspecified"}

// Severities is a number of items, or of nodes, for each severity, the highest first.
type Severities [len(severities)]int

// Total is how many there are.
func (s Severities) Total() int {
	total := 0
	for _, n := range s {
		total += n
	}
	return total
}

// highest is the first severity that there is any of, and the last if there is none.
func (s Severities) highest() string {
	for i, n := range s {
		if n > 0 {
			return strings.ToUpper(severities[i])
		}
	}
	return strings.ToUpper(severities[len(severities)-1])
}

// SeverityIndex is the place of a severity in Severities; an unknown word is unspecified.
func SeverityIndex(severity string) int {
	for i, s := range severities {
		if strings.EqualFold(s, severity) {
			return i
		}
	}
	return len(severities) - 1
}

// CountSeverities reads the counts of an entry of AWS:ComplianceSummary.
func CountSeverities(e Entry, status string) Severities {
	var s Severities
	for i := range s {
		text, _ := e.Get(countName(status, i))
		s[i], _ = strconv.Atoi(text) // nothing is zero
	}
	return s
}

func countName(status string, severity int) string {
	if status == NonCompliant {
		return "NonCompliant" + severities[severity] + "Count"
	}
	return "Compliant" + severities[severity] + "Count"
}

// SummarizeCompliance gives the entry of AWS:ComplianceSummary that goes with the content of an AWS:ComplianceItem. One
// non-compliant item makes the node so, and then its severity is that of the worst of those. An item with another status, as Patch
// Manager has for patches that do not apply, does not count.
func SummarizeCompliance(content []Entry) Entry {
	counts := map[string]*Severities{Compliant: {}, NonCompliant: {}}
	var fields []Field
	for _, e := range content {
		status, _ := e.Get("Status")
		severity, _ := e.Get("Severity")
		if of := counts[status]; of != nil {
			of[SeverityIndex(severity)]++
		}
		for _, name := range []string{"PatchGroup", "PatchBaselineId"} {
			if value, ok := e.Get(name); ok && !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name }) {
				fields = append(fields, Field{Name: name, Value: value})
			}
		}
	}
	status := Compliant
	if counts[NonCompliant].Total() > 0 {
		status = NonCompliant
	}
	fields = append(fields, Field{Name: "Status", Value: status}, Field{Name: "OverallSeverity", Value: counts[status].highest()})
	for s, of := range counts {
		for i, n := range of {
			fields = append(fields, Field{Name: countName(s, i), Value: strconv.Itoa(n)})
		}
	}
	return NewEntry(fields)
}
