-- Who follows an event so that they are told of it a day ahead to the minute, and at once where that day has begun.
ALTER TABLE follows ADD COLUMN prompt INTEGER NOT NULL DEFAULT 0;

-- Whoever was shown, by a client that says so, that an event starts then.
CREATE TABLE reminders_shown (
    account   INTEGER NOT NULL,
    event     INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (account, event, starts_at)
) STRICT, WITHOUT ROWID;

-- Names are looked up where they must be unique.
CREATE INDEX accounts_name ON accounts (name COLLATE NOCASE);
