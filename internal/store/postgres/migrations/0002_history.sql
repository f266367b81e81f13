-- What the last reports changed in an item. A start does not read it, and it is not in the feed.
CREATE TABLE history (
	space   int NOT NULL,
	node    bytea NOT NULL,
	type    int NOT NULL,
	subtype bytea NOT NULL,
	body    bytea NOT NULL,
	PRIMARY KEY (space, node, type, subtype)
) WITH (fillfactor = 70);
