-- What the last reports changed in an item. A start does not read it. Not WITHOUT ROWID, which would keep all but the head of a body
-- of more than a quarter of a page on pages of its own.
CREATE TABLE history (
	id      INTEGER PRIMARY KEY,
	space   INTEGER NOT NULL,
	node    TEXT NOT NULL,
	type    TEXT NOT NULL,
	subtype TEXT NOT NULL,
	body    BLOB NOT NULL,
	UNIQUE (space, node, type, subtype)
);
