package sim

import (
	_ "embed"
	"strings"
)

// debPackages gives each word and, as Debian has them, what is built along with it.
func debPackages(words []word) []pkg {
	var packages []pkg
	for _, w := range words {
		p := pkg{
			name: w.name, section: w.section, architecture: "all", version: parseVersion(w.version), usual: w.usual,
			publisher: "Debian " + w.section + " team <team+" + w.section + "@packages.debian.example>",
			url:       "https://projects.example.org/" + w.section + "/" + w.name + "/",
			summary:   summary(w.name, w.section),
		}
		if w.architecture != "all" {
			p.architecture = "x86_64"
		}
		packages = append(packages, p)
		p.usual = false
		if w.architecture != "all" {
			p.name, p.section, p.summary = w.name+"-dbgsym", "debug", "debug symbols for "+w.name
			packages = append(packages, p)
			if !strings.HasPrefix(w.name, "lib") {
				p.name, p.section, p.architecture, p.summary = w.name+"-common", w.section, "all", "common files of "+w.name
				packages = append(packages, p)
			}
		}
		p.name, p.section, p.architecture, p.summary = w.name+"-doc", "doc", "all", "documentation and examples for "+w.name
		packages = append(packages, p)
	}
	return packages
}

// rpmPackages gives the words under the names that distributions with RPM use, with the packages that their builds make.
func rpmPackages(words []word) []pkg {
	var packages []pkg
	add := func(w word, name, group, text string, usual bool) {
		p := pkg{
			name: name, section: group, architecture: "noarch", version: parseVersion(w.version), usual: usual,
			url: "https://projects.example.org/" + w.section + "/" + w.name + "/", summary: text,
		}
		if w.architecture != "all" {
			p.architecture = "x86_64"
		}
		packages = append(packages, p)
	}
	for _, w := range words {
		if strings.HasPrefix(w.name, "linux-image-") {
			continue
		}
		name := rpmName(w.name)
		add(w, name, rpmGroup(w.section), summary(name, w.section), w.usual)
		if w.architecture == "all" {
			continue
		}
		add(w, name+"-debuginfo", "Development/Debug", "Debug information for package "+name, false)
		add(w, name+"-debugsource", "Development/Debug", "Debug sources for package "+name, false)
		if strings.HasPrefix(w.name, "lib") {
			add(w, strings.TrimSuffix(name, "-devel")+"-devel", "Development/Libraries", "Header files for developing with "+name, false)
		} else {
			add(w, name+"-libs", "System Environment/Libraries", "Libraries of "+name+" that other packages use as well", false)
		}
	}
	for _, name := range []string{"kernel", "kernel-core", "kernel-modules"} {
		packages = append(packages, pkg{
			name: name, section: "System Environment/Kernel", architecture: "x86_64", version: parseVersion("6.1.90-1"), usual: true,
			url: "https://www.kernel.org/", summary: "The Linux kernel, as the distribution builds it: " + name, multi: true,
		})
	}
	return packages
}

// rpmName takes Debian's habits out of a name: libfoo-perl is perl-foo, libfoo-dev libfoo-devel, libfoo2 libfoo.
func rpmName(name string) string {
	if inner, ok := strings.CutSuffix(name, "-perl"); ok && strings.HasPrefix(inner, "lib") {
		return "perl-" + inner[3:]
	}
	if inner, ok := strings.CutSuffix(name, "-dev"); ok {
		return inner + "-devel"
	}
	if trimmed := strings.TrimRight(name, "0123456789"); strings.HasPrefix(name, "lib") && len(trimmed) > 4 {
		return strings.TrimRight(trimmed, "-.")
	}
	return name
}

func rpmGroup(section string) string {
	switch section {
	case "libs":
		return "System Environment/Libraries"
	case "devel", "python", "perl", "golang", "rust", "java", "javascript", "ruby", "php":
		return "Development/Languages"
	case "admin", "base", "kernel", "shell":
		return "System Environment/Base"
	case "net", "mail", "web", "httpd":
		return "Applications/Internet"
	}
	return "Unspecified"
}

//go:embed windows.txt
var windowsText string

// The languages and the years that windows.txt writes as %L and %Y.
var (
	languages = strings.Fields("ar bg cs da de el en-US es et fi fr he hu it ja ko nl nb-NO pl pt-BR ro ru sv zh-CN")
	years     = strings.Fields("2010 2011 2012 2013 2014 2015 2016 2017 2018 2019 2020 2021 2022 2023")
)

// usualProducts is how many lines of windows.txt are in every image.
const usualProducts = 40

// windowsPackages gives the products in all their languages and years.
func windowsPackages() []pkg {
	var packages []pkg
	line := 0
	for text := range strings.Lines(windowsText) {
		fields := strings.Split(strings.TrimSpace(text), "|")
		if len(fields) != 3 {
			continue // the head
		}
		line++
		for _, byYear := range variants(fields[1], "%Y", years) {
			for _, name := range variants(byYear, "%L", languages) {
				packages = append(packages, pkg{
					name: name, publisher: fields[0], architecture: "x86_64", version: parseVersion(fields[2] + ".0"),
					url: "https://support." + hostName(fields[0]) + ".example/products", usual: line <= usualProducts && !strings.Contains(fields[1], "%L"),
				})
			}
		}
	}
	return packages
}

// variants gives the name with each of the words in the place of the mark, or the name alone if it has no such place.
func variants(name, mark string, words []string) []string {
	if !strings.Contains(name, mark) {
		return []string{name}
	}
	var all []string
	for _, w := range words {
		all = append(all, strings.ReplaceAll(name, mark, w))
	}
	return all
}

// hostName makes the first word of a company's name one of a host.
func hostName(company string) string {
	first, _, _ := strings.Cut(strings.ToLower(company), " ")
	return strings.Trim(first, ",.")
}

// summary makes up a line about a package from its name and section, as long as such lines are.
func summary(name, section string) string {
	what := "tools and services of " + name
	switch section {
	case "libs":
		what = "shared library of " + strings.TrimPrefix(name, "lib")
	case "python":
		what = "Python 3 module " + strings.TrimPrefix(name, "python3-")
	case "perl":
		what = "Perl module " + strings.TrimSuffix(strings.TrimPrefix(name, "lib"), "-perl")
	case "golang", "rust", "javascript", "java", "ruby", "php":
		what = section + " library " + name
	}
	endings := [...]string{
		", for servers and for the machines that look after them by day and night", " with support for very large files, slow networks and old file systems",
		" (what is needed to run it, without the parts that only developers use)", ", small, fast and without any surprises for those who have to maintain it",
		" that many other packages of this section of the archive build upon", ", in the version that the whole release was tested with before freezing",
	}
	return what + endings[len(name)%len(endings)]
}
