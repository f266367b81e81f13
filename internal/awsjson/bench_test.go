package awsjson

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"muster/internal/ssmapi"
)

// BenchmarkFullReport is what the wire does with a report, beside what nobody can do without: to hash it and to see its tokens.
func BenchmarkFullReport(b *testing.B) {
	body := fullReport()
	fleet := make([]byte, 256<<20) // as a server has in memory; without one, the collector runs after every few reports
	defer runtime.KeepAlive(fleet)
	check := ssmapi.Checker[ssmapi.PutInventoryInput]()
	bench := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			before := cpuTime()
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
	bench("hash", func() { sha256.Sum256(body) })
	bench("tokens", func() {
		dec := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true))
		for {
			if _, err := dec.ReadToken(); err != nil {
				if err != io.EOF {
					b.Fatal(err)
				}
				return
			}
		}
	})
	bench("value", func() {
		if !jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(true)) {
			b.Fatal("not valid")
		}
	})
	bench("depth", func() { tooDeep(body) })
	bench("any", func() {
		in := new(ssmapi.PutInventoryInput)
		if err := decodeAny(body, in); err != nil {
			b.Fatal(err)
		}
	})
	bench("decode", func() {
		in := new(ssmapi.PutInventoryInput)
		if err := decode(body, in); err != nil {
			b.Fatal(err)
		}
	})
	bench("whole", func() {
		in := new(ssmapi.PutInventoryInput)
		if err := decode(body, in); err != nil {
			b.Fatal(err)
		}
		if err := check(in); err != nil {
			b.Fatal(err)
		}
		for i := range in.Items {
			in.Items[i].ContentSize()
		}
	})
}

// cpuTime is the processor's, of the whole process: on a machine with other work the clock on the wall tells little.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fullReport is 380 KB as a node sends them: 400 applications with eleven attributes in the agent's order, and 200 entries of
// nine other types.
func fullReport() []byte {
	var s strings.Builder
	s.WriteString(`{"InstanceId":"mi-0123456789abcdef0","Items":[`)
	item := func(name string, n int, entry func(i int) string) {
		if !strings.HasSuffix(s.String(), "[") {
			s.WriteString(",")
		}
		fmt.Fprintf(&s, `{"CaptureTime":"2026-03-04T05:06:07Z","ContentHash":"%x","SchemaVersion":"1.0","TypeName":%q,"Content":[`, sha256.Sum256([]byte(name)), name)
		for i := range n {
			if i > 0 {
				s.WriteString(",")
			}
			s.WriteString(entry(i))
		}
		s.WriteString("]}")
	}
	item("AWS:Application", 400, func(i int) string {
		return fmt.Sprintf(`{"ApplicationType":"libdevel","Architecture":"amd64","Epoch":"%d","InstalledTime":"2026-02-%02dT10:%02d:00Z","Name":"libexample-%d-dev","PackageId":"libexample_%d.%d-1+deb12u3_amd64","Publisher":"Debian Example Maintainers <pkg-example-devel@lists.alioth.debian.org>","Release":"1+deb12u%d","Summary":"%s","URL":"https://www.example.org/projects/libexample/%d/","Version":"%d.%d.%d"}`,
			i%3, i%28+1, i%60, i, i, i%7, i%9, strings.Repeat("library of examples, development files; ", 7+i%7), i, i%7, i%11, i%13)
	})
	for t, name := range []string{"AWSComponent", "File", "Network", "Service", "WindowsUpdate", "WindowsRole", "WindowsRegistry", "PatchSummary", "InstanceDetailedInformation"} {
		n := 24
		if t >= 7 {
			n = 16
		}
		item("AWS:"+name, n, func(i int) string {
			return fmt.Sprintf(`{"Name":"%s-%d","DisplayName":"\"%s\" \u00e9 %d","Status":"Running","StartType":"Automatic","DependentServices":"%s","ServicesDependedOn":"","Path":"C:\\Windows\\%d","Size":"%d"}`,
				name, i, name, i, strings.Repeat("rpcss, http, ", 10+i%5), i, i*1000)
		})
	}
	s.WriteString("]}")
	return []byte(s.String())
}
