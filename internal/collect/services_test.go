package collect

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"muster"
)

// link adds a symbolic link to a tree.
func link(t fstest.MapFS, name, target string) {
	t[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
}

func systemdHost() fstest.MapFS {
	root := tree(
		"lib/systemd/system/ssh.service", "[Unit]\nDescription=OpenBSD Secure Shell server\n\n[Service]\nType=notify\n\n[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\n",
		"lib/systemd/system/cron.service", "[Unit]\nDescription=from the package\n[Service]\nExecStart=/usr/sbin/cron\n",
		"etc/systemd/system/cron.service", "# [Service]\n[Unit]\nDescription = edited \\\n  here\n[Service]\nExecStart=/usr/sbin/cron\n",
		"lib/systemd/system/apt-daily.service", "[Unit]\nDescription=Daily\nType=wrong section\n[Service]\nType=oneshot\n",
		"lib/systemd/system/getty@.service", "[Unit]\nDescription=Getty on %I (%p, 100%%)\n[Service]\nType=idle\n",
		"lib/systemd/system/empty.service", "",
		"lib/systemd/system/not-a-service.timer", "[Unit]\nDescription=x\n",
		"lib/systemd/system/ssh.service.d/override.conf", "[Unit]\nDescription=x\n",
		"usr/local/app/app.service", "[Unit]\nDescription=Linked unit\n",
		"sys/fs/cgroup/system.slice/ssh.service/cgroup.procs", "1\n",
		"sys/fs/cgroup/system.slice/system-getty.slice/getty@tty1.service/cgroup.procs", "2\n",
	)
	link(root, "etc/systemd/system/sshd.service", "/lib/systemd/system/ssh.service")
	link(root, "etc/systemd/system/multi-user.target.wants/ssh.service", "/lib/systemd/system/ssh.service")
	link(root, "etc/systemd/system/multi-user.target.wants/gone.service", "/lib/systemd/system/gone.service")
	link(root, "etc/systemd/system/getty.target.wants/getty@tty1.service", "/lib/systemd/system/getty@.service")
	link(root, "etc/systemd/system/app.service", "/usr/local/app/app.service")
	link(root, "etc/systemd/system/dangling.service", "/opt/gone/dangling.service")
	link(root, "etc/systemd/system/masked.service", "/dev/null")
	root["dev/null"] = &fstest.MapFile{}
	return root
}

func TestServices(t *testing.T) {
	t.Parallel()
	r := only(t, Gather(t.Context(), Host{Root: systemdHost()}, Options{Now: noon}), TypeService)
	if r.Err != nil || r.Skipped != 1 {
		t.Errorf("%d skipped, %v", r.Skipped, r.Err)
	}
	wantEntries(t, r.Entries, `
DisplayName=Linked unit; Name=app; ServiceType=simple; StartType=Manual; Status=Stopped
DisplayName=Daily; Name=apt-daily; ServiceType=oneshot; StartType=Manual; Status=Stopped
DisplayName=edited; Name=cron; ServiceType=simple; StartType=Manual; Status=Stopped
DisplayName=; Name=empty; StartType=Disabled; Status=Stopped
DisplayName=Getty on tty1 (getty, 100%); Name=getty@tty1; ServiceType=idle; StartType=Automatic; Status=Running
DisplayName=; Name=masked; StartType=Disabled; Status=Stopped
DisplayName=OpenBSD Secure Shell server; Name=ssh; ServiceType=notify; StartType=Automatic; Status=Running
`)
}

func TestServicesWithoutControlGroups(t *testing.T) {
	t.Parallel()
	root := systemdHost()
	for name := range root {
		if strings.HasPrefix(name, "sys/") {
			delete(root, name)
		}
	}
	for _, e := range only(t, Gather(t.Context(), Host{Root: root}, Options{Now: noon}), TypeService).Entries {
		if status, ok := e.Get("Status"); ok {
			t.Errorf("nobody can know that %v is %s", e, status)
		}
	}

	root["sys/fs/cgroup/systemd/system.slice/cron.service/tasks"] = &fstest.MapFile{} // as version 1 has it
	for _, e := range only(t, Gather(t.Context(), Host{Root: root}, Options{Now: noon}), TypeService).Entries {
		name, _ := e.Get("Name")
		if status, _ := e.Get("Status"); (status == "Running") != (name == "cron") {
			t.Errorf("%s is %q", name, status)
		}
	}
}

func FuzzUnit(f *testing.F) {
	for _, file := range systemdHost() {
		f.Add(string(file.Data))
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseUnit(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		// Only what stands in the text, in one line of it, can come out.
		for _, v := range []string{d.description, d.kind} {
			if !strings.Contains(s, v) || strings.Contains(v, "\n") {
				t.Errorf("%q is not of the file", v)
			}
		}
		got := found{entries: []muster.Entry{entry("Name", "x", "DisplayName", text(expand(d.description, "x")), "ServiceType?", text(d.kind))}}
		if got.conform(); got.skipped != 0 || !legal(got.entries[0]) {
			t.Errorf("%+v", got)
		}
	})
}
