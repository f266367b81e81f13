package sim

import (
	"math"
	"strings"

	"muster/internal/ssmapi"
)

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
	document                   string
}

// compliance reports AWS:ComplianceItem and AWS:PatchSummary, as Patch Manager's scripts do after a scan.
func (s *Scratch) compliance() {
	number := s.past.level + s.past.boots + len(s.past.patches)
	sc := scan{
		group:    patchGroups[s.image.number%len(patchGroups)],
		baseline: s.baseline(),
		document: "AWS-RunPatchBaseline",
		at:       s.moment(start - 7*24*60*60 + int64(number*interval) + int64(s.key%interval)),
	}
	mark := s.mark()
	s.guid(uint64(s.roll(aboutCompliance, 1+number)))
	sc.execution = s.from(mark)

	missing := 0
	count := fixesLinux
	if s.image.platform() == Windows {
		count = fixesWindows
	}
	c := &s.fleet.catalogues[s.image.family]
	for i := range count {
		p := &c.packages[s.image.base[i*len(s.image.base)/count]]
		if !s.fix(p, s.past.releaseOf(p), &sc) {
			missing++
		}
	}
	s.end(complianceItem).Context = ssmapi.Attributes{
		{Name: "ComplianceType", Value: "Patch"},
		{Name: "ExecutionId", Value: sc.execution},
		{Name: "ExecutionTime", Value: sc.at},
		{Name: "ExecutionType", Value: "Command"},
	}
	s.patchSummary(&sc, count-missing, missing)
}

func (s *Scratch) baseline() string {
	mark := s.mark()
	s.string("arn:aws:ssm:us-east-1:075727635805:patchbaseline/pb-0")
	s.hex(keyOf(s.image.name), 16)
	return s.from(mark)
}

// severities are those of fixes, the common ones more often.
var severities = [...]string{"Critical", "Important", "Important", "Medium", "Medium", "Medium", "Low"}

// advisory is what each fix is described with: long, and much the same for all, as such texts are.
const advisory = "Fixes flaws by which a remote attacker could run code, read memory or stop a service. " +
	"For the details, and for what to do where it cannot be installed yet, see the advisory that the link leads to. Restart the services that use " +
	"the package, or the machine if in doubt. Exploits have been seen for at least one of the flaws; the vendor rates the rest as hard to exploit " +
	"over the network. The fix changes no configuration file, and none of the interfaces that other packages build upon. It was tested on all " +
	"supported releases, together with the packages that depend on it, and replaces the mitigations that were published before it. " +
	"Whoever has applied those by hand should take them back after the restart, since they cost speed and hide which machines are mended."

// fix reports one fix, and whether it is there. What a fix is about is the same on all nodes of a release.
func (s *Scratch) fix(p *pkg, release int, sc *scan) (installed bool) {
	d := roll(p.key+keyOf(s.image.version), aboutCompliance, release)
	severity := severities[d.below(len(severities))]
	v := s.versionOf(p, release)
	installed = !s.roll(aboutCompliance, int(p.key>>8)+release).happens(0.06)
	status, state, at := "COMPLIANT", "Installed", s.installed(p, release)
	if !installed {
		status, state, at = "NON_COMPLIANT", "Missing", ""
	}
	id, title, classification := s.join(p.name, ".", p.architecture, ":", v.version, v.release), s.join(p.name, " security update"), "Security"
	if s.image.platform() == Windows {
		id = s.join("KB", s.number(5000000+d.below(60000)))
		title = s.join("2026-02 Cumulative Update for ", p.name, " (", id, ")")
		classification = "SecurityUpdates"
	}
	cves := s.cves(&d)

	s.add("CVEIds", cves)
	s.add("Classification", classification)
	s.add("DetailedLink", s.join("https://security.example.com/advisories/", id))
	s.add("DetailedText", advisory)
	s.add("DocumentName", sc.document)
	s.add("DocumentVersion", "")
	s.add("Id", id)
	s.add("InstalledTime", at)
	s.add("PatchBaselineId", sc.baseline)
	s.add("PatchGroup", sc.group)
	s.add("PatchSeverity", severity)
	s.add("PatchState", state)
	s.add("Severity", strings.ToUpper(severity))
	s.add("Status", status)
	s.add("Title", title)
	s.next()
	return installed
}

// mostCVEs is how many one fix is for at most.
const mostCVEs = 40

var mostCVEsLog = math.Log(mostCVEs + 1)

// cves lists what a fix is for: mostly a few, and many for a browser or a kernel.
func (s *Scratch) cves(d *dice) string {
	mark := s.mark()
	for i := range 1 + d.rank(mostCVEs, mostCVEsLog) {
		if i > 0 {
			s.string(",")
		}
		s.string("CVE-2025-")
		s.int(10000 + d.below(50000))
	}
	return s.from(mark)
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
