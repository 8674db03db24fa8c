-- Pictures by random name. They are small and few, and a backup of the one file has them all.
CREATE TABLE pictures (
    id         TEXT PRIMARY KEY,
    bytes      BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

ALTER TABLE accounts ADD COLUMN avatar TEXT REFERENCES pictures (id);
