-- docs/format.md explains every table and what is inside the bytea. Names are bytea, because those that clients choose may hold a
-- NUL, which text cannot.

-- One row, locked by whoever commits and never changed: an update would leave a dead row with every commit.
CREATE TABLE committing (id int PRIMARY KEY);

INSERT INTO committing VALUES (1);

CREATE TABLE space (
	id      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account bytea NOT NULL,
	region  bytea NOT NULL,
	UNIQUE (account, region)
);

CREATE TABLE type (
	id    int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	space int NOT NULL,
	name  bytea NOT NULL,
	given bigint NOT NULL DEFAULT 0, -- the highest row id so far, in use or not
	UNIQUE (space, name)
);

CREATE TABLE dictionary (
	type int NOT NULL,
	id   bigint NOT NULL,
	hash bigint NOT NULL,
	body bytea NOT NULL,
	PRIMARY KEY (type, id)
);

CREATE INDEX dictionary_hash ON dictionary (type, hash);

-- Room on the pages of node and item: a report then changes no index, because it changes no column that is in one.
CREATE TABLE node (
	space    int NOT NULL,
	name     bytea NOT NULL,
	position bigint NOT NULL,
	value    bytea NOT NULL,
	key      bytea, -- of the node's public key, if it has one: the first half of its SHA-256
	PRIMARY KEY (space, name)
) WITH (fillfactor = 70);

CREATE INDEX node_key ON node (space, key) WHERE key IS NOT NULL;

CREATE TABLE item (
	space    int NOT NULL,
	node     bytea NOT NULL,
	type     int NOT NULL,
	subtype  bytea NOT NULL,
	position bigint NOT NULL,
	reported bigint NOT NULL,
	captured bytea NOT NULL,
	version  bytea NOT NULL,
	hash     bytea NOT NULL,
	context  bytea NOT NULL,
	content  bytea NOT NULL,
	PRIMARY KEY (space, node, type, subtype)
) WITH (fillfactor = 70);

-- Apart from its row, so that a report by hash does not write it again. It would hardly shrink.
ALTER TABLE item ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE record (
	kind     text NOT NULL,
	space    int NOT NULL,
	name     bytea NOT NULL,
	position bigint NOT NULL,
	value    bytea NOT NULL,
	PRIMARY KEY (kind, space, name)
);

CREATE TABLE feed (
	position bigint PRIMARY KEY, -- of the group's last call
	mark     bigint NOT NULL,    -- at random, so that two histories with the same positions can be told apart
	body     bytea NOT NULL
);

-- The servers that are there, as far as they have said so of late.
CREATE TABLE server (
	id       bigint PRIMARY KEY,   -- at random, another at each start
	position bigint NOT NULL,      -- how far it has followed the feed
	seen     timestamptz NOT NULL
);

-- Who does what only one server has to do. There is one row at most.
CREATE TABLE lead (
	id     int PRIMARY KEY,
	server bigint NOT NULL,
	until  timestamptz NOT NULL
);
