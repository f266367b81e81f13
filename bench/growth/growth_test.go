package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		duration(0.000_012_34): "12.3 µs",
		duration(0.999):        "999 ms",
		duration(5):            "5.00 s",
		duration(120):          "2.0 min",
		bytesText(640):         "640 B",
		bytesText(8123):        "8.12 kB",
		bytesText(11.62e9):     "11.6 GB",
		thousands(999):         "999",
		thousands(1_000_050):   "1,000,050",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestKilobytes(t *testing.T) {
	status := []byte("Name:\tmuster\nVmPeak:\t  99 kB\nVmRSS:\t    1234 kB\nThreads:\t7\n")
	if got := kilobytes(status, "VmRSS:"); got != 1234<<10 {
		t.Errorf("VmRSS: %d", got)
	}
	if got := kilobytes(status, "VmSwap:"); got != 0 {
		t.Errorf("VmSwap: %d", got)
	}
}

// made is a result in which the load is linear, the start quadratic and the answer always the same.
func made() *result {
	r := &result{Date: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Count: 2, Processor: "a <processor>", Go: "go1.26"}
	for _, nodes := range []int{1000, 10_000} {
		r.Sizes = append(r.Sizes, &size{
			Nodes: nodes, Load: time.Duration(nodes) * time.Millisecond, Ready: time.Duration(nodes*nodes) * time.Nanosecond,
			Disk: int64(5000 * nodes), Answers: []answer{{"a < b", 50, time.Millisecond, 2 * time.Millisecond}},
		})
	}
	return r
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	made().writeMarkdown(&b)
	for _, line := range []string{
		"| | 1,000 nodes | 10,000 nodes | growth |",
		"| load | 1.00 s, 1.00 ms a node | 10.0 s, 1.00 ms a node | 1.00 |",
		"| start | 1.00 ms, 1.00 µs a node | 100 ms, 10.0 µs a node | 2.00 |",
		"| memory after the load |  |  |  |",
		"| a < b | 1.00 ms | 1.00 ms | 0.00 |",
	} {
		if !strings.Contains(b.String(), line+"\n") {
			t.Errorf("no line %s in\n%s", line, &b)
		}
	}
	r := made()
	r.Sizes[1].Direct = true
	b.Reset()
	r.writeMarkdown(&b)
	if want := "| load | 1.00 s, 1.00 ms a node | 10.0 s, 1.00 ms a node |  |\n"; !strings.Contains(b.String(), want) {
		t.Errorf("two ways to load are compared:\n%s", &b)
	}
}

func TestChartIsXML(t *testing.T) {
	text := made().svg()
	dec := xml.NewDecoder(bytes.NewReader(text))
	lines := 0
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "polyline" {
			lines++
		}
	}
	if want := len(perNode()) + 1; lines != want {
		t.Errorf("%d lines, want %d", lines, want)
	}
}

func TestNamesDoNotMeet(t *testing.T) {
	lines := make([]line, 5)
	at := map[string]float64{"a": 390, "b": 391, "c": 100, "d": 395, "e": 101}
	for i, name := range []string{"a", "b", "c", "d", "e"} {
		lines[i].name = name
	}
	names := spread(lines, func(l line) float64 { return at[l.name] })
	for i := range names {
		if names[i] > plotBottom {
			t.Errorf("%s lies below the plot, at %.0f", lines[i].name, names[i])
		}
		for j := range i {
			if d := names[i] - names[j]; d > -nameHeight && d < nameHeight {
				t.Errorf("%s and %s are %.0f apart", lines[i].name, lines[j].name, d)
			}
		}
	}
}
