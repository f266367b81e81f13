-- PostgreSQL, dictionary form: each distinct entry once, and what is on a node as a list of their numbers.

-- name: schema
CREATE TABLE node (
	number   int NOT NULL, -- in the order of ids
	id       text NOT NULL,
	platform text NOT NULL,
	status   text NOT NULL
);
CREATE TABLE dictionary (
	entry          int NOT NULL,
	name_folded    text NOT NULL,
	version_folded text NOT NULL,
	ApplicationType text, Architecture text, Epoch text, Name text, PackageId text, Publisher text, Release text, Summary text, URL text, Version text
);
CREATE TABLE application (
	node          int NOT NULL,
	place         smallint NOT NULL, -- in the report
	entry         int NOT NULL,
	repeats       smallint NOT NULL, -- 0: the name is new to the node, 1: the version of it is, 2: neither
	InstalledTime text               -- nearly unique to the node, and so not in the dictionary
);

-- name: indexes
ALTER TABLE node ADD PRIMARY KEY (number);
ALTER TABLE dictionary ADD PRIMARY KEY (entry);
CREATE INDEX ON dictionary (name_folded, version_folded);
ALTER TABLE application ADD PRIMARY KEY (node, place);
CREATE INDEX ON application (entry, node);
CREATE INDEX ON application (entry) WHERE repeats = 0;
CREATE INDEX ON application (entry, node) WHERE repeats < 2;

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
	SELECT FROM application JOIN dictionary USING (entry)
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
