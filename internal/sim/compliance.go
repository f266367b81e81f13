package sim

import "muster/internal/ssmapi"

// The fixes that a report of compliance lists.
const (
	fixesLinux   = 80
	fixesWindows = 75
	hotFixes     = 25
)

// patchGroups are what operators call the nodes that are patched together.
var patchGroups = [...]string{"production", "staging", "canary", "weekend"}

// scan is what Patch Manager's scripts say about all that they found.
type scan struct {
	group, baseline, execution string
	at                         string // of the last scan, which follows an update, a patch day or a boot
}

func (s *Scratch) scan() *scan {
	number := s.past.level + s.past.boots + len(s.past.patches)
	sc := &scan{
		group:    patchGroups[s.image.number%len(patchGroups)],
		baseline: s.baseline(),
		at:       s.moment(start - 7*24*60*60 + int64(number*interval) + int64(s.key%interval)),
	}
	mark := s.mark()
	s.guid(uint64(s.roll(aboutCompliance, 1+number)))
	sc.execution = s.from(mark)
	return sc
}

// context goes with AWS:ComplianceItem, with its hash alone too.
func (sc *scan) context() ssmapi.Attributes {
	return ssmapi.Attributes{
		{Name: "ComplianceType", Value: "Patch"},
		{Name: "ExecutionId", Value: sc.execution},
		{Name: "ExecutionTime", Value: sc.at},
		{Name: "ExecutionType", Value: "Command"},
	}
}

// compliance reports AWS:ComplianceItem and AWS:PatchSummary, as Patch Manager's scripts do after a scan.
func (s *Scratch) compliance() {
	sc := s.scan()
	missing := 0
	count := fixesLinux
	if s.image.platform() == Windows {
		count = fixesWindows
	}
	c := &s.fleet.catalogues[s.image.family]
	for i := range count {
		if !s.oneFix(c, s.image.base[i*len(s.image.base)/count], sc) {
			missing++
		}
	}
	s.end(complianceItem).Context = sc.context()
	s.patchSummary(sc, count-missing, missing)
}

func (s *Scratch) baseline() string {
	mark := s.mark()
	s.string("arn:aws:ssm:us-east-1:075727635805:patchbaseline/pb-0")
	s.hex(keyOf(s.image.name), 16)
	return s.from(mark)
}

// advisory is what each fix is described with: long, and much the same for all, as such texts are.
const advisory = "Fixes flaws by which a remote attacker could run code, read memory or stop a service. " +
	"For the details, and for what to do where it cannot be installed yet, see the advisory that the link leads to. Restart the services that use " +
	"the package, or the machine if in doubt. Exploits have been seen for at least one of the flaws; the vendor rates the rest as hard to exploit " +
	"over the network. The fix changes no configuration file, and none of the interfaces that other packages build upon. It was tested on all " +
	"supported releases, together with the packages that depend on it, and replaces the mitigations that were published before it. " +
	"Whoever has applied those by hand should take them back after the restart, since they cost speed and hide which machines are mended."

// oneFix reports one fix, and whether it is there.
func (s *Scratch) oneFix(c *catalogue, id int32, sc *scan) (installed bool) {
	p := &c.packages[id]
	in := install{p, s.rowOf(c, id, s.past.releaseOf(p))}
	f := in.fixOf(s.image, p)
	sum := f.sum
	status, state, at := "NON_COMPLIANT", "Missing", ""
	installed = !s.roll(aboutCompliance, int(p.key>>8)+in.number).happens(0.06)
	if installed {
		since := s.installed(in)
		status, state, at = "COMPLIANT", "Installed", s.moment(since)
		sum += uint64(since)
	}
	classification := "Security"
	if s.image.family == windows {
		classification = "SecurityUpdates"
	}
	s.add("CVEIds", f.cves)
	s.add("Classification", classification)
	s.add("DetailedLink", f.link)
	s.add("DetailedText", advisory)
	s.add("DocumentName", "AWS-RunPatchBaseline")
	s.add("DocumentVersion", "")
	s.add("Id", f.id)
	s.add("InstalledTime", at)
	s.add("PatchBaselineId", sc.baseline)
	s.add("PatchGroup", sc.group)
	s.add("PatchSeverity", f.severity)
	s.add("PatchState", state)
	s.add("Severity", f.severityCapitals)
	s.add("Status", status)
	s.add("Title", f.title)
	s.nextOf(sum)
	return installed
}

func (s *Scratch) patchSummary(sc *scan, installed, missing int) {
	pending := "0"
	if len(s.past.patches) > s.past.bootPatches {
		pending = "1"
	}
	s.add("BaselineId", sc.baseline)
	s.add("FailedCount", "0")
	s.add("InstalledCount", s.number(installed))
	s.add("InstalledOtherCount", s.number(len(s.installs)-installed))
	s.add("InstalledPendingRebootCount", pending)
	s.add("InstalledRejectedCount", "0")
	s.add("MissingCount", s.number(missing))
	s.add("NotApplicableCount", s.number(1000+s.image.number))
	s.add("OperationEndTime", sc.at)
	s.add("OperationStartTime", sc.at)
	s.add("OperationType", "Scan")
	s.add("OwnerInformation", "")
	s.add("PatchGroup", sc.group)
	s.add("RebootOption", "NoReboot")
	s.add("SnapshotId", sc.execution)
	s.next()
	s.end(patchSummary)
}

// windowsUpdates reports AWS:WindowsUpdate: the newest hot fixes of the release that the node's patch level includes.
func (s *Scratch) windowsUpdates() {
	kinds := [...]string{"Update", "Security Update", "Security Update", "Hotfix"}
	newest := s.past.level + len(s.past.patches)
	for i := range hotFixes {
		d := roll(keyOf(s.image.version), aboutUpdate, newest-i)
		s.add("Description", kinds[d.below(len(kinds))])
		s.add("HotFixId", s.join("KB", s.number(5000000+d.below(60000))))
		s.add("InstalledBy", `NT AUTHORITY\SYSTEM`)
		s.add("InstalledTime", s.moment(start-int64(i)*28*24*60*60-int64(s.key%(24*60*60))))
		s.next()
	}
	s.end(windowsUpdate)
}
