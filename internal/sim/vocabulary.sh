#!/bin/sh
# Makes vocabulary.txt.gz, the names that simulated Linux machines have packages of, from the package index of Debian 12:
#
#	curl -s https://deb.debian.org/debian/dists/bookworm/main/binary-amd64/Packages.xz | xz -d | ./vocabulary.sh >vocabulary.txt.gz
#	apt-cache dumpavail | ./vocabulary.sh >vocabulary.txt.gz    # on a Debian 12 machine; security updates come along
#
# Kept are facts only: name, version, section, architecture, and a mark where a usual installation has the package. Texts and
# people are left out. Of the 63,000 packages remain those that are named like their source, in sections that servers have.
set -eu
export LC_ALL=C
{
	echo '# name version section architecture [usual], of Debian 12 (bookworm), main, amd64; made by vocabulary.sh'
	awk '
		function flush() {
			usual = priority ~ /^(required|important|standard)$/ || name in also
			if (name != "" && (usual || source == "" && section ~ wanted))
				print name, version, section, architecture (usual ? " usual" : "")
			name = source = priority = ""
		}
		BEGIN {
			wanted = "^(admin|base|database|devel|editors|golang|httpd|interpreters|java|javascript|kernel|libs|mail|misc|net|" \
				"perl|php|python|ruby|rust|shell|sound|text|utils|vcs|video|web|graphics|lisp|science)$"
			split("libc6 libssl3 libstdc++6 libgcc-s1 zlib1g libsystemd0 libcurl4 libpam0g libxml2 libpcre2-8-0 openssh-server " \
				"openssl curl git rsync sudo python3 python3-minimal gnupg chrony linux-image-amd64", names, " ")
			for (i in names) also[names[i]]
		}
		/^$/ { flush() }
		/^Package: / { name = $2 }
		/^Source: / { source = $2 }
		/^Version: / { version = $2 }
		/^Section: / { section = $2 }
		/^Architecture: / { architecture = $2 }
		/^Priority: / { priority = $2 }
		END { flush() }
	' | sort -u -k1,1
} | gzip -9n
