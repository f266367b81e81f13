-- docs/format.md explains every table and what is inside the BLOBs.

CREATE TABLE space (
	id      INTEGER PRIMARY KEY,
	account TEXT NOT NULL,
	region  TEXT NOT NULL,
	UNIQUE (account, region)
);

-- What is outside all spaces is in this one.
INSERT INTO space VALUES (0, '', '');

CREATE TABLE type (
	id    INTEGER PRIMARY KEY,
	space INTEGER NOT NULL,
	name  TEXT NOT NULL,
	UNIQUE (space, name)
);

-- The dictionary. The hash finds candidates, the body decides.
CREATE TABLE row (
	type INTEGER NOT NULL,
	id   INTEGER NOT NULL,
	hash INTEGER NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (type, id)
) WITHOUT ROWID;

CREATE INDEX row_by_hash ON row (type, hash);

-- A node and the heads of its items in one record: a put reads it once and writes it once.
CREATE TABLE node (
	id       INTEGER PRIMARY KEY,
	space    INTEGER NOT NULL,
	name     TEXT NOT NULL,
	position INTEGER NOT NULL,
	value    TEXT, -- NULL while only items are known
	items    BLOB NOT NULL,
	UNIQUE (space, name)
);

-- The content of an item, apart from its head so that a hash-only put leaves it alone.
CREATE TABLE content (
	node    INTEGER NOT NULL,
	type    INTEGER NOT NULL,
	subtype TEXT NOT NULL,
	body    BLOB NOT NULL,
	PRIMARY KEY (node, type, subtype)
) WITHOUT ROWID;

CREATE TABLE record (
	kind     TEXT NOT NULL,
	space    INTEGER NOT NULL,
	name     TEXT NOT NULL,
	position INTEGER NOT NULL,
	value    TEXT NOT NULL,
	PRIMARY KEY (kind, space, name)
) WITHOUT ROWID;

CREATE TABLE last_commit (position INTEGER NOT NULL);

INSERT INTO last_commit VALUES (0);
