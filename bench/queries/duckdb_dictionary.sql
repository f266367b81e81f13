-- DuckDB, dictionary form: each distinct entry once, and what is on a node as a list of their numbers.

-- name: schema
CREATE TABLE node (
	number   INTEGER NOT NULL, -- in the order of ids
	id       VARCHAR NOT NULL,
	platform VARCHAR NOT NULL,
	status   VARCHAR NOT NULL
);
CREATE TABLE dictionary (
	entry          INTEGER NOT NULL,
	name_folded    VARCHAR NOT NULL,
	version_folded VARCHAR NOT NULL,
	ApplicationType VARCHAR, Architecture VARCHAR, Epoch VARCHAR, Name VARCHAR, PackageId VARCHAR, Publisher VARCHAR, Release VARCHAR, Summary VARCHAR, URL VARCHAR, Version VARCHAR
);
CREATE TABLE application (
	node          INTEGER NOT NULL,
	place         SMALLINT NOT NULL, -- in the report
	entry         INTEGER NOT NULL,
	repeats       SMALLINT NOT NULL, -- 0: the name is new to the node, 1: the version of it is, 2: neither
	InstalledTime VARCHAR            -- nearly unique to the node, and so not in the dictionary
);

-- name: indexes
-- Small numbers for the platforms: with them, and with the numbers of entries, a group is found by its place instead of its hash.
CREATE TABLE platform AS SELECT (row_number() OVER ())::TINYINT AS code, platform FROM (SELECT DISTINCT platform FROM node);
CREATE TABLE coded AS SELECT number, code FROM node JOIN platform USING (platform);
CHECKPOINT;

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
	SELECT entry, code, count(*) AS nodes
	FROM application JOIN coded ON number = node
	WHERE repeats < 2
	GROUP BY entry, code
) AS counted JOIN dictionary USING (entry) JOIN platform USING (code)
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
