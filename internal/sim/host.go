package sim

import "strconv"

// instanceInformation reports AWS:InstanceInformation, which the agents of AWS report by other calls.
func (s *Scratch) instanceInformation() {
	id := s.fleet.id(s.node)
	s.add("AgentType", "amazon-ssm-agent")
	s.add("AgentVersion", s.join("3.3.", s.number(551+37*(s.past.level/imageAge)), ".0"))
	s.add("ComputerName", s.computerName())
	s.add("InstanceId", string(id))
	s.add("IpAddress", s.address(0))
	s.add("PlatformName", s.image.name)
	s.add("PlatformType", string(s.image.platform()))
	s.add("PlatformVersion", s.image.version)
	s.add("ResourceType", id.ResourceType())
	s.next()
	s.end(instanceInformation)
}

// computerName is the node's name in full.
func (s *Scratch) computerName() string {
	mark := s.mark()
	s.string(s.image.role)
	s.string("-")
	s.int(s.node)
	s.string(".corp.example.com")
	return s.from(mark)
}

// address is the node's on its interface, until the next boot.
func (s *Scratch) address(card int) string {
	n := uint64(s.roll(aboutNetwork, s.past.boots<<8|card))
	mark := s.mark()
	s.string("10.")
	for shift := 0; shift < 24; shift += 8 {
		if shift > 0 {
			s.string(".")
		}
		s.int(int(n >> shift & 255))
	}
	return s.from(mark)
}

// processors are what the nodes run on.
var processors = [...]struct{ model, mhz string }{
	{"Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", "2500"},
	{"Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", "2900"},
	{"Intel(R) Xeon(R) Gold 6338N CPU @ 2.20GHz", "2200"},
	{"AMD EPYC 7R13 Processor", "2650"},
	{"AMD EPYC 9R14", ""}, // lscpu does not tell
}

// detailedInformation reports AWS:InstanceDetailedInformation.
func (s *Scratch) detailedInformation() {
	d := s.roll(aboutHardware, 0)
	p := processors[d.below(len(processors))]
	cores := 1 << d.below(6)
	s.add("CPUCores", s.number(cores))
	s.add("CPUHyperThreadEnabled", "true")
	s.add("CPUModel", p.model)
	s.add("CPUSockets", strconv.Itoa(1+cores/32))
	s.add("CPUSpeedMHz", p.mhz)
	s.add("CPUs", s.number(2*cores))
	s.add("KernelVersion", s.kernel())
	s.add("OSServicePack", "")
	s.next()
	s.end(detailedInformation)
}

// kernel is what runs since the last boot: the newest that was installed then.
func (s *Scratch) kernel() string {
	mark := s.mark()
	s.string(s.image.kernel)
	if s.image.platform() == Windows {
		s.string(".")
	} else {
		s.string("-")
	}
	s.int(100 + 7*(s.past.bootLevel+3*s.past.bootPatches))
	return s.from(mark)
}

// network reports AWS:Network: on a host of containers with their bridges.
func (s *Scratch) network() {
	d := s.roll(aboutNetwork, -1)
	cards := 1 + d.below(3)
	if s.image.role == "kubernetes" || s.image.role == "container" {
		cards += 5
	}
	for card := range cards {
		onWindows := s.image.platform() == Windows
		if onWindows {
			s.add("DHCPServer", "10.0.0.2")
			s.add("DNSServer", "10.0.0.2")
			s.add("Gateway", "10.0.0.1")
		}
		address := s.address(card)
		mac := uint64(s.roll(aboutNetwork, -2-card))
		s.add("IPV4", address)
		mark := s.mark()
		s.string("fe80::")
		s.hex(mac>>16, 4)
		s.string(":")
		s.hex(mac, 4)
		s.add("IPV6", s.from(mark))
		mark = s.mark()
		s.string("02")
		for shift := 0; shift < 40; shift += 8 {
			s.string(":")
			s.hex(mac>>shift, 2)
		}
		s.add("MacAddress", s.from(mark))
		if onWindows {
			s.add("Name", s.join("Amazon Elastic Network Adapter #", s.number(card+1)))
			s.add("SubnetMask", "255.255.240.0")
		} else {
			s.add("Name", s.join("ens", s.number(card+5)))
		}
		s.next()
	}
	s.end(network)
}

// awsComponents reports AWS:AWSComponent, as the agent does on Windows.
func (s *Scratch) awsComponents() {
	for _, in := range s.installs {
		if in.pkg.publisher == "Amazon Web Services" {
			s.application(in)
		}
	}
	s.end(awsComponent)
}
