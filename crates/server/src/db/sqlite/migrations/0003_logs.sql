-- Rows of logs, such as messages: a room keeps the last of them in memory, history is read here. Clustered by
-- log and number: a page is a range, and what is said lies at the end of one.
CREATE TABLE log_rows (
    room     INTEGER NOT NULL,
    shape    TEXT NOT NULL,
    no       INTEGER NOT NULL,
    audience TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (room, shape, no)
) STRICT, WITHOUT ROWID;
