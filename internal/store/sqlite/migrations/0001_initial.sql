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
	given INTEGER NOT NULL DEFAULT 0, -- the highest row id so far, in use or not
	UNIQUE (space, name)
);

-- The dictionary: rows of a type whose ids follow each other, together. A row is found by its hash or by its id, both in memory.
CREATE TABLE block (
	id     INTEGER PRIMARY KEY, -- type * 2^32 + the id of the first row
	hashes BLOB NOT NULL,
	body   BLOB NOT NULL
);

-- A node and the heads of its items in one record: a put reads it once and writes it once.
CREATE TABLE node (
	id       INTEGER PRIMARY KEY,
	space    INTEGER NOT NULL,
	name     TEXT NOT NULL,
	position INTEGER NOT NULL,
	value    BLOB, -- NULL while only items are known
	items    BLOB NOT NULL,
	UNIQUE (space, name)
);

-- The content of an item, apart from its head so that a hash-only put leaves it alone. WITHOUT ROWID would keep all but the
-- head of a long body on pages of its own.
CREATE TABLE content (
	id   INTEGER PRIMARY KEY, -- node * 2^24 + the slot that the head names * 2^4 + the piece
	body BLOB NOT NULL
);

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
