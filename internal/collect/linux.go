package collect

import (
	"bufio"
	"cmp"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// describeLinux fills in what the files of a Linux system say about it.
func describeLinux(h *Host, root fs.FS) {
	h.Root = root
	h.Platform = linuxPlatform(root)
	h.Kernel = readText(root, "proc/sys/kernel/osrelease")
	h.MachineID = cmp.Or(
		machineID(readText(root, "etc/machine-id")),
		machineID(readText(root, "var/lib/dbus/machine-id")),
		strings.ToLower(readText(root, "sys/class/dmi/id/product_uuid")),
	)
	h.Processor = linuxProcessor(root)
}

// machineID gives "" for the word that stands in the file before the first boot of an image.
func machineID(s string) string {
	if s == "uninitialized" {
		return ""
	}
	return s
}

// linuxPlatform reads os-release(5), from either of the places that it may be in.
func linuxPlatform(root fs.FS) Platform {
	release := parseOSRelease(readText(root, "etc/os-release"))
	if len(release) == 0 {
		release = parseOSRelease(readText(root, "usr/lib/os-release"))
	}
	return Platform{
		Type:    "Linux",
		Name:    text(cmp.Or(release["NAME"], "Linux")),
		Version: text(cmp.Or(release["VERSION_ID"], release["BUILD_ID"])), // rolling releases have no version
	}
}

// parseOSRelease takes shell assignments. Values may be quoted, and in double quotes a backslash escapes.
func parseOSRelease(s string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(s) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		values[name] = unquote(value)
	}
	return values
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '"' && s[0] != '\'' {
		return s
	}
	inner := s[1 : len(s)-1]
	if s[0] == '\'' {
		return inner
	}
	var plain strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			i++
		}
		plain.WriteByte(inner[i])
	}
	return plain.String()
}

// linuxProcessor takes the model from /proc/cpuinfo and the topology from sysfs, because only some architectures have the
// latter in /proc too.
func linuxProcessor(root fs.FS) Processor {
	file, err := root.Open("proc/cpuinfo")
	if err != nil {
		return Processor{}
	}
	defer file.Close()
	p := parseCPUInfo(file)
	cores, sockets := map[string]bool{}, map[string]bool{}
	for cpu := range p.CPUs {
		topology := "sys/devices/system/cpu/cpu" + strconv.Itoa(cpu) + "/topology/"
		socket := readText(root, topology+"physical_package_id")
		if socket == "" {
			continue
		}
		sockets[socket] = true
		cores[socket+"/"+readText(root, topology+"core_id")] = true
	}
	p.Cores, p.Sockets = len(cores), len(sockets)

	// The speed in cpuinfo is that of this moment where it can change; a report should change only when the machine does.
	if khz, err := strconv.Atoi(readText(root, "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")); err == nil && khz > 0 {
		p.MHz = khz / 1000
	}
	return p
}

// parseCPUInfo reads the text of /proc/cpuinfo: "name : value", an empty line between processors. What it calls the model
// depends on the architecture.
func parseCPUInfo(r io.Reader) Processor {
	var p Processor
	models := map[string]string{}
	lines := bufio.NewScanner(io.LimitReader(r, 64<<20)) // a thousand processors make some megabytes
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if !ok {
			continue
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch name {
		case "processor":
			p.CPUs++
		case "model name", "cpu model", "cpu", "Model", "Hardware":
			if models[name] == "" {
				models[name] = value
			}
		case "cpu MHz", "clock":
			mhz, err := strconv.ParseFloat(strings.TrimSuffix(value, "MHz"), 64)
			if err == nil && p.MHz == 0 && mhz > 0 && mhz < 1e6 {
				p.MHz = int(mhz)
			}
		}
	}
	p.Model = text(cmp.Or(models["model name"], models["cpu model"], models["cpu"], models["Model"], models["Hardware"]))
	return p
}
