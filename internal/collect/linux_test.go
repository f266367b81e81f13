package collect

import (
	"context"
	"maps"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"muster"
)

func TestDescribeLinux(t *testing.T) {
	t.Parallel()
	root := tree(
		"etc/os-release", "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n",
		"etc/machine-id", "0123456789abcdef0123456789abcdef\n",
		"proc/sys/kernel/osrelease", "6.1.0-28-amd64\n",
		"sys/class/dmi/id/product_uuid", "4C4C4544-0033-3510-8052-B4C04F4A3132\n",
	)
	var h Host
	describeLinux(&h, root)
	if want := (Platform{"Linux", "Debian GNU/Linux", "12"}); h.Platform != want {
		t.Errorf("platform %+v", h.Platform)
	}
	if h.MachineID != "0123456789abcdef0123456789abcdef" || h.Kernel != "6.1.0-28-amd64" {
		t.Errorf("%+v", h)
	}

	root["etc/machine-id"] = &fstest.MapFile{Data: []byte("uninitialized\n")}
	describeLinux(&h, root)
	if h.MachineID != "4c4c4544-0033-3510-8052-b4c04f4a3132" {
		t.Errorf("before the first boot the machine id is %q", h.MachineID)
	}
}

func TestOSRelease(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Platform{
		"NAME=Fedora\nVERSION_ID=41":                            {"Linux", "Fedora", "41"},
		"# comment\r\nNAME='Alpine Linux'\r\nVERSION_ID=3.20.3": {"Linux", "Alpine Linux", "3.20.3"},
		`NAME="A \"quoted\" \$name"` + "\nBUILD_ID=rolling":     {"Linux", `A "quoted" $name`, "rolling"},
		`NAME="`:         {"Linux", `"`, ""},
		"":               {"Linux", "Linux", ""},
		"NAME\n=\nNAME=": {"Linux", "Linux", ""},
	} {
		for _, file := range []string{"etc/os-release", "usr/lib/os-release"} {
			if got := linuxPlatform(tree(file, text)); got != want {
				t.Errorf("%s %q: %+v", file, text, got)
			}
		}
	}
}

const (
	x86CPU = "processor\t: %\nmodel name\t: Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz\ncpu MHz\t\t: 1197.245\ncore id\t\t: 0\n\n"
	armCPU = "processor\t: %\nBogoMIPS\t: 243.75\nCPU implementer\t: 0x41\n\n"
)

// cpus is /proc/cpuinfo and the topology of processors, each as "socket/core".
func cpus(one string, places ...string) fstest.MapFS {
	root := fstest.MapFS{}
	info := ""
	for i, place := range places {
		number := string(rune('0' + i))
		info += strings.Replace(one, "%", number, 1)
		socket, core, _ := strings.Cut(place, "/")
		topology := "sys/devices/system/cpu/cpu" + number + "/topology/"
		root[topology+"physical_package_id"] = &fstest.MapFile{Data: []byte(socket + "\n")}
		root[topology+"core_id"] = &fstest.MapFile{Data: []byte(core + "\n")}
	}
	root["proc/cpuinfo"] = &fstest.MapFile{Data: []byte(info)}
	return root
}

func TestDetailedInformation(t *testing.T) {
	t.Parallel()
	scaling := cpus(x86CPU, "0/0", "0/1")
	scaling["sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"] = &fstest.MapFile{Data: []byte("3000000\n")}
	const xeon = "Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz"
	for name, test := range map[string]struct {
		root fstest.MapFS
		want string
	}{
		"two sockets, two threads a core": {
			cpus(x86CPU, "0/0", "0/1", "1/0", "1/1", "0/0", "0/1", "1/0", "1/1"),
			"CPUCores=4; CPUHyperThreadEnabled=true; CPUModel=" + xeon + "; CPUSockets=2; CPUSpeedMHz=1197; CPUs=8; KernelVersion=; OSServicePack=\n",
		},
		"a speed that changes": {
			scaling,
			"CPUCores=2; CPUHyperThreadEnabled=false; CPUModel=" + xeon + "; CPUSockets=1; CPUSpeedMHz=3000; CPUs=2; KernelVersion=; OSServicePack=\n",
		},
		"arm names no model": {
			cpus(armCPU, "0/0", "0/1"),
			"CPUCores=2; CPUHyperThreadEnabled=false; CPUModel=; CPUSockets=1; CPUSpeedMHz=; CPUs=2; KernelVersion=; OSServicePack=\n",
		},
		"no topology": {
			tree("proc/cpuinfo", armCPU),
			"CPUCores=; CPUHyperThreadEnabled=; CPUModel=; CPUSockets=; CPUSpeedMHz=; CPUs=1; KernelVersion=; OSServicePack=\n",
		},
	} {
		var h Host
		describeLinux(&h, test.root)
		r := only(t, Gather(t.Context(), h, Options{Now: noon}), TypeDetailedInformation)
		if show(r.Entries) != test.want || r.Err != nil {
			t.Errorf("%s: %v\n%s", name, r.Err, show(r.Entries))
		}
	}
}

// webServer is a host with the kinds of interfaces that there are.
func webServer() Host {
	return Host{
		Root: tree(), Name: "web1", MachineID: "machine", Platform: Platform{"Linux", "Debian GNU/Linux", "12"},
		Interfaces: []Interface{
			{Name: "lo", Loopback: true, Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}},
			{Name: "docker0", MAC: "02:42:00:00:00:01", Addresses: []netip.Addr{netip.MustParseAddr("172.17.0.1")}},
			{Name: "eth1", MAC: "52:54:00:00:00:02", Physical: true, Addresses: []netip.Addr{netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("fe80::2")}},
			{Name: "eth0", MAC: "52:54:00:00:00:01", Physical: true, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.9")}},
		},
	}
}

func TestInstanceInformationAndNetwork(t *testing.T) {
	t.Parallel()
	reports := Gather(t.Context(), webServer(), Options{Node: "mi-0123456789abcdef0", Version: "1.2", Now: noon})
	wantEntries(t, only(t, reports, "AWS:InstanceInformation").Entries, `
AgentType=muster; AgentVersion=1.2; ComputerName=web1; InstanceId=mi-0123456789abcdef0; IpAddress=192.0.2.1; PlatformName=Debian GNU/Linux; PlatformType=Linux; PlatformVersion=12; ResourceType=ManagedInstance
`)
	wantEntries(t, only(t, reports, TypeNetwork).Entries, `
IPV4=172.17.0.1; IPV6=; MacAddress=02:42:00:00:00:01; Name=docker0
IPV4=192.0.2.9; IPV6=; MacAddress=52:54:00:00:00:01; Name=eth0
IPV4=; IPV6=fe80::2; MacAddress=52:54:00:00:00:02; Name=eth1
`)
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	id := NodeID("machine", "")
	if len(id) != 20 || !strings.HasPrefix(string(id), "mi-") || strings.Trim(string(id[3:]), "0123456789abcdef") != "" {
		t.Errorf("node id %q", id)
	}
	// A host's name must not change with a new version of muster.
	if want := muster.NodeID("mi-d35363887f895e17b"); id != want {
		t.Errorf("node id %s, it was %s", id, want)
	}
	if NodeID("machine", "salt") == id || NodeID("machin", "e") == id {
		t.Error("another salt, the same id")
	}

	print := webServer().Fingerprint()
	for what, change := range map[string]func(*Host){
		"a network card": func(h *Host) { h.Interfaces[3].MAC = "52:54:00:00:00:99" },
		"the name":       func(h *Host) { h.Name = "web2" },
	} {
		h := webServer()
		if change(&h); h.Fingerprint() == print {
			t.Errorf("with %s changed the fingerprint stays", what)
		}
	}
	for what, change := range map[string]func(*Host){
		"a virtual interface":         func(h *Host) { h.Interfaces[1].MAC = "02:42:00:00:00:99" },
		"an address":                  func(h *Host) { h.Interfaces[3].Addresses = nil },
		"the order of the interfaces": func(h *Host) { h.Interfaces[2], h.Interfaces[3] = h.Interfaces[3], h.Interfaces[2] },
	} {
		h := webServer()
		if change(&h); h.Fingerprint() != print {
			t.Errorf("with %s changed the fingerprint does too", what)
		}
	}
}

// The machine that runs the tests has a name and can be gathered.
func TestThis(t *testing.T) {
	t.Parallel()
	h, err := This(t.Context())
	if err != nil || h.Name == "" || h.Root == nil || h.Platform.Type == "" {
		t.Fatalf("%+v, %v", h, err)
	}
	for _, r := range Gather(t.Context(), h, Options{Node: NodeID(h.MachineID, ""), Version: "test", Now: noon}) {
		if r.Err != nil {
			t.Errorf("%s: %v", r.Type, r.Err)
		}
		for _, e := range r.Entries {
			if !legal(e) {
				t.Errorf("%s: %v", r.Type, e)
			}
		}
	}
}

func FuzzOSRelease(f *testing.F) {
	f.Add("NAME=\"Debian \\\"GNU\\\"/Linux\"\nVERSION_ID='12'\n# NAME=x\n")
	f.Fuzz(func(t *testing.T, s string) {
		p := linuxPlatform(tree("etc/os-release", s))
		for _, v := range []string{p.Name, p.Version} {
			if len(v) > maxText || !utf8.ValidString(v) || strings.Contains(v, "\n") {
				t.Errorf("%q", v)
			}
		}
		// What is read does not hang on the end of the file.
		if again := parseOSRelease(s + "\n"); !maps.Equal(again, parseOSRelease(s)) {
			t.Errorf("%q, with a line end %q", parseOSRelease(s), again)
		}
	})
}

func FuzzCPUInfo(f *testing.F) {
	f.Add(strings.Replace(x86CPU, "%", "0", 1))
	f.Add(strings.Replace(armCPU, "%", "0", 1))
	f.Add("cpu\t\t: POWER9\nclock\t\t: 3800.000000MHz\n")
	f.Fuzz(func(t *testing.T, s string) {
		p := parseCPUInfo(strings.NewReader(s))
		if p.CPUs < 0 || p.CPUs > strings.Count(s, "processor") || p.MHz < 0 || p.MHz > 1e6 {
			t.Errorf("%+v", p)
		}
		if p == (Processor{}) {
			return
		}
		got, err := detailedInformation(context.Background(), Host{Processor: p}, Options{})
		if err != nil || !legal(got.entries[0]) {
			t.Errorf("%+v: %v", got, err)
		}
	})
}
