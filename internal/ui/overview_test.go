package ui

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"muster"
)

func TestOverview(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	session := r.signedIn("READ")
	if text := r.page("/ui/eu-west-1/", session); !strings.Contains(text, "muster put mi-0123456789abcdef0 AWS:InstanceInformation") {
		t.Error("the page of an empty fleet does not say how to fill it:\n" + text)
	}
	r.put(1, muster.TypeInstanceInformation, entry("ComputerName", "old", "PlatformName", "Debian", "PlatformVersion", "12"))
	r.later(3 * time.Hour)
	r.put(2, muster.TypeInstanceInformation, entry("ComputerName", "new", "PlatformName", "Debian", "PlatformVersion", "13"))
	r.put(2, "AWS:Application", entry("Name", "OpenSSL", "Version", "3"), entry("Name", "openssl", "Version", "4"))
	text := r.page("/ui/eu-west-1/", session)
	for _, want := range []string{
		`<dt>Nodes</dt><dd><a href="/ui/eu-west-1/nodes">2</a></dd>`,
		`<dt>Active</dt><dd><a href="/ui/eu-west-1/nodes?q=status&#43;%3D&#43;Active">1</a></dd>`,
		`<dt>ConnectionLost</dt><dd><a href="/ui/eu-west-1/nodes?q=status&#43;%3D&#43;ConnectionLost">1</a></dd>`,
		`<a href="/ui/eu-west-1/nodes?q=os&#43;%3D&#43;Debian&#43;and&#43;osversion&#43;%3D&#43;13">1</a>`,
		`<a href="/ui/eu-west-1/nodes?q=name&#43;%3D&#43;OpenSSL">1</a>`,
		`<a href="/ui/eu-west-1/nodes?q=lacks&#43;AWS%3AApplication">1</a>`,
		`<th scope="row">for 2 h to 6 h</th><td class="n"><a href="/ui/eu-west-1/nodes?silent=7200-21600&amp;sort=heard">1</a></td>`,
		`<time datetime="2026-03-01 12:00:00Z">3 h ago</time>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if found := regexp.MustCompile(`>(old|new)<`).FindAllStringSubmatch(text, -1); len(found) != 4 || found[0][1] != "new" || found[2][1] != "old" {
		t.Errorf("the newest and the most silent are %v", found)
	}
}

func TestFirst(t *testing.T) {
	t.Parallel()
	f := first[int]{most: 3, compare: func(a, b int) int { return a - b }}
	for _, n := range []int{5, 1, 4, 1, 9, 0} {
		f.add(n)
	}
	if !slices.Equal(f.kept, []int{0, 1, 1}) {
		t.Errorf("got %v", f.kept)
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []int
		marks  []string
	}{
		{nil, []string{"0", "1"}},
		{[]int{0, 3}, []string{"0", "1", "2", "3"}},
		{[]int{12}, []string{"0", "5", "10", "15"}},
		{[]int{1, 100000}, []string{"0", "20,000", "40,000", "60,000", "80,000", "100,000"}},
	} {
		var points []point
		for _, v := range c.values {
			points = append(points, point{Value: v})
		}
		got := newChart("", "", "", points)
		var marks []string
		for _, m := range got.Marks {
			marks = append(marks, m.Text)
		}
		if !slices.Equal(marks, c.marks) {
			t.Errorf("%v: the axis has %v", c.values, marks)
		}
		for _, b := range got.Bars {
			if b.X < chartLeft || b.X+b.W > chartWidth || b.Y < chartAbove || b.Y+b.H != got.Base || (b.H > 0) != (b.Value > 0) {
				t.Errorf("%v: there is a bar %+v", c.values, b)
			}
		}
	}
}
