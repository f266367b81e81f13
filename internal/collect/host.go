package collect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"muster"
)

// Host is a machine to gather from.
type Host struct {
	Root       fs.FS // its file system; paths below are as under "/"
	Name       string
	Interfaces []Interface // in the order of the system
	Platform   Platform
	Kernel     string // release of the kernel, "6.1.0-28-amd64"
	Processor  Processor

	// MachineID is what the operating system calls this installation, or the hardware itself; empty if neither says.
	MachineID string
}

// Platform is the operating system, in the words of AWS:InstanceInformation.
type Platform struct {
	Type    string // Linux, Windows or MacOS
	Name    string // "Debian GNU/Linux"
	Version string // "12"
}

// Interface is a network interface.
type Interface struct {
	Name      string
	MAC       string
	Addresses []netip.Addr
	Loopback  bool
	Physical  bool // there is a device behind it, as opposed to a bridge or a container's end of a pair
}

// Processor is what the machine computes with. Zero is unknown.
type Processor struct {
	Model   string
	MHz     int
	CPUs    int // that the scheduler sees
	Cores   int // in all sockets
	Sockets int
}

// This describes the machine that the program runs on. What cannot be found out is left empty.
func This(ctx context.Context) (Host, error) {
	name, err := os.Hostname()
	if err != nil {
		return Host{}, fmt.Errorf("asking for the host name: %w", err)
	}
	host := Host{Name: name}
	describe(ctx, &host)
	host.Interfaces, err = interfaces(host.Root)
	return host, err
}

// interfaces asks the system, and the file system for which of them are physical.
func interfaces(root fs.FS) ([]Interface, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("listing the network interfaces: %w", err)
	}
	var found []Interface
	for _, i := range list {
		addresses, err := i.Addrs()
		if err != nil {
			continue // it went away since it was listed
		}
		found = append(found, Interface{
			Name: i.Name, MAC: i.HardwareAddr.String(), Addresses: parseAddresses(addresses),
			Loopback: i.Flags&net.FlagLoopback != 0,
			Physical: len(i.HardwareAddr) > 0 && physical(root, i),
		})
	}
	return found, nil
}

func parseAddresses(addresses []net.Addr) []netip.Addr {
	var parsed []netip.Addr
	for _, a := range addresses {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			parsed = append(parsed, prefix.Addr().Unmap().WithZone(""))
		}
	}
	return parsed
}

// physical asks Linux's sysfs, which links an interface to its device. Without sysfs, an address that the interface's maker
// gave it has to do, which the second bit of the address tells from one that software made up.
func physical(root fs.FS, i net.Interface) bool {
	if _, err := fs.Stat(root, "sys/class/net"); err == nil {
		_, err := fs.Stat(root, "sys/class/net/"+i.Name+"/device")
		return err == nil
	}
	return i.HardwareAddr[0]&2 == 0
}

// Address is the one that stands for the host: IPv4 before IPv6, on a physical interface before another.
func (h Host) Address() string {
	var best netip.Addr
	rank := 0
	for _, i := range h.Interfaces {
		for _, a := range i.Addresses {
			if i.Loopback || a.IsLoopback() || a.IsLinkLocalUnicast() {
				continue
			}
			r := 1
			if a.Is4() {
				r += 2
			}
			if i.Physical {
				r++
			}
			if r > rank {
				best, rank = a, r
			}
		}
	}
	if rank == 0 {
		return ""
	}
	return best.String()
}

// instanceInformation is the one entry of AWS:InstanceInformation, which AWS makes from an agent's pings and we put.
func instanceInformation(_ context.Context, h Host, o Options) (found, error) {
	return found{entries: []muster.Entry{entry(
		"AgentType", "muster",
		"AgentVersion", o.Version,
		"ComputerName", h.Name,
		"InstanceId", string(o.Node),
		"IpAddress?", h.Address(),
		"PlatformName?", h.Platform.Name,
		"PlatformType?", h.Platform.Type,
		"PlatformVersion?", h.Platform.Version,
		"ResourceType", o.Node.ResourceType(),
	)}}, nil
}

// network is AWS:Network: an entry for each interface but loopback, with its last address of either kind, as the AWS agent
// has it.
func network(_ context.Context, h Host, _ Options) (found, error) {
	var got found
	for _, i := range h.Interfaces {
		if i.Loopback {
			continue
		}
		var v4, v6 string
		for _, a := range i.Addresses {
			if a.Is4() {
				v4 = a.String()
			} else {
				v6 = a.String()
			}
		}
		got.entries = append(got.entries, entry("Name", i.Name, "MacAddress", i.MAC, "IPV4", v4, "IPV6", v6))
	}
	return got, nil
}

// physicalMACs are the addresses of the physical interfaces, sorted.
func (h Host) physicalMACs() []string {
	var macs []string
	for _, i := range h.Interfaces {
		if i.Physical && i.MAC != "" {
			macs = append(macs, strings.ToLower(i.MAC))
		}
	}
	slices.Sort(macs)
	return macs
}

// readText reads a small file and trims it; a file that is not there is empty.
func readText(root fs.FS, name string) string {
	data, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

func exists(root fs.FS, name string) bool {
	_, err := fs.Stat(root, name)
	return !errors.Is(err, fs.ErrNotExist)
}
