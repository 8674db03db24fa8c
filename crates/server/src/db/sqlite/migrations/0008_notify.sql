-- Whom and what people follow.
CREATE TABLE follows (
    account INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX follows_event ON follows (event, account);

CREATE TABLE organiser_follows (
    account   INTEGER NOT NULL,
    organiser INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (account, organiser)
) STRICT, WITHOUT ROWID;
CREATE INDEX organiser_follows_organiser ON organiser_follows (organiser, account);

-- What people have been told, each thing once: the unique key is the claim.
CREATE TABLE notifications (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    key     TEXT NOT NULL,
    data    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    seen_at INTEGER,
    UNIQUE (account, kind, subject, key)
) STRICT;
CREATE INDEX notifications_account ON notifications (account, id);
CREATE INDEX notifications_unread ON notifications (account, id) WHERE seen_at IS NULL;

CREATE TABLE notification_settings (
    account INTEGER PRIMARY KEY,
    body    TEXT NOT NULL
) STRICT;

-- The outbox. A row is written with its notification; the Message-ID never changes, however often it is tried.
CREATE TABLE mails (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id   TEXT NOT NULL UNIQUE,
    notification INTEGER NOT NULL UNIQUE,
    account      INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
    tries        INTEGER NOT NULL DEFAULT 0,
    due_at       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    done_at      INTEGER,
    error        TEXT
) STRICT;
CREATE INDEX mails_waiting ON mails (due_at, id) WHERE state = 'waiting';
CREATE INDEX mails_state ON mails (state, id);

-- What followers were last told of an event, and what they are being told now. What is there already is no news.
CREATE TABLE event_news (
    event     INTEGER PRIMARY KEY,
    title     TEXT NOT NULL,
    place     TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    status    TEXT NOT NULL,
    revision  INTEGER NOT NULL,
    moved_at  INTEGER NOT NULL,
    begun_at  INTEGER NOT NULL,
    telling   TEXT,
    data      TEXT
) STRICT;
CREATE INDEX event_news_telling ON event_news (event) WHERE telling IS NOT NULL;
INSERT INTO event_news (event, title, place, starts_at, time_zone, status, revision, moved_at, begun_at)
SELECT id, title, place, starts_at, time_zone, status, 0, 0, 0 FROM events;

-- The addresses of personal calendars, of which only the hash is kept.
CREATE TABLE feeds (
    account    INTEGER PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

-- Secrets of the server itself, made at first use, such as the one that signs the links in mails.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
