-- SQLite, dictionary form: each distinct entry once, and what is on a node as a list of their numbers.

-- name: schema
CREATE TABLE node (
	number   INTEGER PRIMARY KEY, -- in the order of ids
	id       TEXT NOT NULL,
	platform TEXT NOT NULL,
	status   TEXT NOT NULL
);
CREATE TABLE dictionary (
	entry          INTEGER PRIMARY KEY,
	name_folded    TEXT NOT NULL,
	version_folded TEXT NOT NULL,
	ApplicationType TEXT, Architecture TEXT, Epoch TEXT, Name TEXT, PackageId TEXT, Publisher TEXT, Release TEXT, Summary TEXT, URL TEXT, Version TEXT
);
CREATE TABLE application (
	node          INTEGER NOT NULL,
	place         INTEGER NOT NULL, -- in the report
	entry         INTEGER NOT NULL,
	repeats       INTEGER NOT NULL, -- 0: the name is new to the node, 1: the version of it is, 2: neither
	InstalledTime TEXT,             -- nearly unique to the node, and so not in the dictionary
	PRIMARY KEY (node, place)
) WITHOUT ROWID;

-- name: indexes
CREATE INDEX dictionary_names ON dictionary (name_folded, version_folded);
CREATE INDEX application_entries ON application (entry, repeats, node);
CREATE INDEX application_nodes ON application (node, entry);
ANALYZE;

-- name: platforms
SELECT lower(platform), count(*) FROM node GROUP BY 1

-- name: names
SELECT name_folded, sum(nodes)
FROM (SELECT entry, count(*) AS nodes FROM application WHERE repeats = 0 GROUP BY entry) AS counted JOIN dictionary USING (entry)
GROUP BY name_folded

-- name: names-page
SELECT name_folded, sum(nodes)
FROM (SELECT entry, count(*) AS nodes FROM application WHERE repeats = 0 GROUP BY entry) AS counted JOIN dictionary USING (entry)
GROUP BY name_folded
ORDER BY sum(nodes) DESC, name_folded
LIMIT 50

-- name: versions
SELECT name_folded, version_folded, platform, sum(nodes)
FROM (
	SELECT entry, platform, count(*) AS nodes
	FROM application JOIN node ON number = node
	WHERE repeats < 2
	GROUP BY entry, platform
) AS counted JOIN dictionary USING (entry)
GROUP BY name_folded, version_folded, platform

-- name: older
SELECT id
FROM node
WHERE EXISTS (
	SELECT 1 FROM application JOIN dictionary USING (entry)
	WHERE node = number AND name_folded = {name} AND version_folded < {version}
)
ORDER BY number
LIMIT 50

-- name: group
SELECT matching, (SELECT count(*) FROM node) - matching
FROM (
	SELECT count(DISTINCT node) AS matching
	FROM dictionary JOIN application USING (entry) JOIN node ON number = node
	WHERE name_folded = {name} AND version_folded < {version} AND platform = 'Linux' AND status <> 'Terminated'
) AS counted

-- name: entries
SELECT ApplicationType, Architecture, Epoch, InstalledTime, Name, PackageId, Publisher, Release, Summary, URL, Version
FROM application JOIN dictionary USING (entry)
WHERE node = {node}
ORDER BY place
LIMIT 50
