-- PostgreSQL, jsonb form: the content of each type of each node as it was reported, and an index of everything in it.

-- name: schema
CREATE TABLE node (
	number int NOT NULL, -- in the order of ids
	id     text NOT NULL
);
CREATE TABLE item (
	node    int NOT NULL,
	type    text NOT NULL,
	content jsonb NOT NULL
);

-- name: indexes
ALTER TABLE node ADD PRIMARY KEY (number);
ALTER TABLE item ADD PRIMARY KEY (node, type);
CREATE INDEX ON item (type);
CREATE INDEX ON item USING gin (content jsonb_path_ops);

-- name: platforms
SELECT lower(content->0->>'PlatformType'), count(*) FROM item WHERE type = 'AWS:InstanceInformation' GROUP BY 1

-- name: names
SELECT name, count(*)
FROM item, LATERAL (SELECT DISTINCT lower(e->>'Name') AS name FROM jsonb_array_elements(content) AS e) AS names
WHERE type = 'AWS:Application'
GROUP BY name

-- name: names-page
SELECT name, count(*)
FROM item, LATERAL (SELECT DISTINCT lower(e->>'Name') AS name FROM jsonb_array_elements(content) AS e) AS names
WHERE type = 'AWS:Application'
GROUP BY name
ORDER BY count(*) DESC, name
LIMIT 50

-- name: versions
SELECT name, version, lower(i.content->0->>'PlatformType'), count(*)
FROM item AS a JOIN item AS i USING (node),
	LATERAL (SELECT DISTINCT lower(e->>'Name') AS name, lower(e->>'Version') AS version FROM jsonb_array_elements(a.content) AS e) AS versions
WHERE a.type = 'AWS:Application' AND i.type = 'AWS:InstanceInformation'
GROUP BY 1, 2, 3

-- name: older
-- Node by node in their order, until there are enough: the planner has to be led to it by the limit inside.
SELECT id
FROM node, LATERAL (
	SELECT FROM item, jsonb_array_elements(content) AS e
	WHERE node = number AND type = 'AWS:Application' AND lower(e->>'Name') = {name} AND lower(e->>'Version') < {version}
	LIMIT 1
) AS found
ORDER BY number
LIMIT 50

-- name: group
SELECT matching, (SELECT count(*) FROM node) - matching
FROM (
	SELECT count(DISTINCT node) AS matching
	FROM item AS a JOIN item AS i USING (node), jsonb_array_elements(a.content) AS e
	WHERE a.type = 'AWS:Application' AND a.content @> jsonb_build_array(jsonb_build_object('Name', {name}::text))
		AND lower(e->>'Name') = {name} AND lower(e->>'Version') < {version}
		AND i.type = 'AWS:InstanceInformation' AND i.content @> '[{"PlatformType": "Linux"}]'
		AND i.content->0->>'InstanceStatus' <> 'Terminated'
) AS counted

-- name: entries
SELECT e->>'ApplicationType', e->>'Architecture', e->>'Epoch', e->>'InstalledTime', e->>'Name', e->>'PackageId', e->>'Publisher',
	e->>'Release', e->>'Summary', e->>'URL', e->>'Version'
FROM item, jsonb_array_elements(content) WITH ORDINALITY AS elements (e, place)
WHERE node = {node} AND type = 'AWS:Application'
ORDER BY place
LIMIT 50
