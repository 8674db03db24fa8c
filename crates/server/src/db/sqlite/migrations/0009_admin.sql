-- Who is erased. A row is written with the account's own, and names what is still to be done: the account's places in
-- rooms and its words (`done_at`), then what is left between the file's pages (`file_at`).
ALTER TABLE accounts ADD COLUMN erased_at INTEGER;

CREATE TABLE erasures (
    account INTEGER PRIMARY KEY,
    by      INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    done_at INTEGER,
    file_at INTEGER
) STRICT;

-- Figures over time, by grain (milliseconds between two of them). What is counted is JSON, so that more can be.
CREATE TABLE samples (
    grain INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    body  TEXT NOT NULL,
    PRIMARY KEY (grain, at)
) STRICT, WITHOUT ROWID;
