-- DuckDB, wide form: a row for each entry on each node, with all its attributes.

-- name: schema
CREATE TABLE node (
	number   INTEGER NOT NULL, -- in the order of ids
	id       VARCHAR NOT NULL,
	platform VARCHAR NOT NULL,
	status   VARCHAR NOT NULL
);
CREATE TABLE application (
	node           INTEGER NOT NULL,
	place          SMALLINT NOT NULL, -- in the report
	repeats        SMALLINT NOT NULL, -- 0: the name is new to the node, 1: the version of it is, 2: neither
	name_folded    VARCHAR NOT NULL,
	version_folded VARCHAR NOT NULL,
	ApplicationType VARCHAR, Architecture VARCHAR, Epoch VARCHAR, InstalledTime VARCHAR, Name VARCHAR, PackageId VARCHAR, Publisher VARCHAR, Release VARCHAR, Summary VARCHAR, URL VARCHAR, Version VARCHAR
);

-- name: fill
INSERT INTO node SELECT * FROM duckdb_dictionary.node;
INSERT INTO application
SELECT node, place, repeats, name_folded, version_folded,
	ApplicationType, Architecture, Epoch, InstalledTime, Name, PackageId, Publisher, Release, Summary, URL, Version
FROM duckdb_dictionary.application JOIN duckdb_dictionary.dictionary USING (entry);

-- name: indexes
CHECKPOINT;

-- name: platforms
SELECT lower(platform), count(*) FROM node GROUP BY 1

-- name: names
SELECT name_folded, count(*) FROM application WHERE repeats = 0 GROUP BY name_folded

-- name: names-page
SELECT name_folded, count(*) FROM application WHERE repeats = 0 GROUP BY name_folded ORDER BY count(*) DESC, name_folded LIMIT 50

-- name: versions
SELECT name_folded, version_folded, lower(platform), count(*)
FROM application JOIN node ON number = node
WHERE repeats < 2
GROUP BY name_folded, version_folded, platform

-- name: older
SELECT id
FROM node
WHERE EXISTS (SELECT 1 FROM application WHERE node = number AND name_folded = {name} AND version_folded < {version} AND repeats < 2)
ORDER BY number
LIMIT 50

-- name: group
SELECT matching, (SELECT count(*) FROM node) - matching
FROM (
	SELECT count(DISTINCT node) AS matching
	FROM application JOIN node ON number = node
	WHERE name_folded = {name} AND version_folded < {version} AND repeats < 2 AND platform = 'Linux' AND status <> 'Terminated'
) AS counted

-- name: entries
SELECT ApplicationType, Architecture, Epoch, InstalledTime, Name, PackageId, Publisher, Release, Summary, URL, Version
FROM application
WHERE node = {node}
ORDER BY place
LIMIT 50
