-- PostgreSQL, normalised form: a row for each entry on each node, and indexes from which every question but the last is answered.

-- name: schema
CREATE TABLE node (
	number   int NOT NULL, -- in the order of ids
	id       text NOT NULL,
	platform text NOT NULL,
	status   text NOT NULL
);
CREATE TABLE application (
	node           int NOT NULL,
	place          smallint NOT NULL, -- in the report
	repeats        smallint NOT NULL, -- 0: the name is new to the node, 1: the version of it is, 2: neither
	name_folded    text NOT NULL,
	version_folded text NOT NULL,
	ApplicationType text, Architecture text, Epoch text, InstalledTime text, Name text, PackageId text, Publisher text, Release text, Summary text, URL text, Version text
);

-- name: fill
TRUNCATE application; -- in this transaction, so that none of it goes to the log
INSERT INTO node SELECT * FROM postgres_dictionary.node;
INSERT INTO application
SELECT node, place, repeats, name_folded, version_folded,
	ApplicationType, Architecture, Epoch, InstalledTime, Name, PackageId, Publisher, Release, Summary, URL, Version
FROM postgres_dictionary.application JOIN postgres_dictionary.dictionary USING (entry);

-- name: indexes
ALTER TABLE node ADD PRIMARY KEY (number);
ALTER TABLE application ADD PRIMARY KEY (node, place);
CREATE INDEX ON application (name_folded) WHERE repeats = 0;
CREATE INDEX ON application (name_folded, version_folded, node) WHERE repeats < 2;
CREATE INDEX ON application (node, name_folded, version_folded) WHERE repeats < 2;

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
-- Node by node in their order, until there are enough: the planner has to be led to it by the limit inside.
SELECT id
FROM node, LATERAL (
	SELECT FROM application
	WHERE node = number AND name_folded = {name} AND version_folded < {version} AND repeats < 2
	LIMIT 1
) AS found
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
