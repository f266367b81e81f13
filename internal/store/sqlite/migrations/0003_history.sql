-- What the last reports changed in an item. A start does not read it.
CREATE TABLE history (
	space   INTEGER NOT NULL,
	node    TEXT NOT NULL,
	type    TEXT NOT NULL,
	subtype TEXT NOT NULL,
	body    BLOB NOT NULL,
	PRIMARY KEY (space, node, type, subtype)
) WITHOUT ROWID;
