-- Rooms and their journal. `no` is the short form of a room's id, so that an entry's key is small.
CREATE TABLE rooms (
    no      INTEGER PRIMARY KEY,
    id      BLOB NOT NULL UNIQUE,
    path    TEXT NOT NULL UNIQUE,
    app     TEXT NOT NULL,
    version INTEGER NOT NULL,
    config  TEXT NOT NULL,
    epoch   BLOB NOT NULL,
    term    INTEGER NOT NULL DEFAULT 0,
    head    INTEGER NOT NULL DEFAULT 0,
    wake_at INTEGER
) STRICT;

CREATE INDEX rooms_wake ON rooms (wake_at) WHERE wake_at IS NOT NULL;

-- Clustered by room and seq: recovery reads a range, and an append touches the end of one.
CREATE TABLE entries (
    room    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    command BLOB,
    hash    INTEGER,
    body    BLOB NOT NULL,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX entries_command ON entries (room, command) WHERE command IS NOT NULL;

CREATE TABLE snapshots (
    room INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Accounts and what proves that one is here.
CREATE TABLE accounts (
    id         INTEGER PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('attendee', 'organiser', 'admin')),
    password   TEXT NOT NULL,
    disabled   INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    seed       BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_tokens (
    hash       BLOB PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    successor  BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE keys (
    kid        TEXT PRIMARY KEY,
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE sequences (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    capacity INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;

-- Derived from entries and written with them. The journal is the truth: no reference from here may
-- refuse what a room has decided, but for a seat that is sold twice.
CREATE TABLE events (
    id               INTEGER PRIMARY KEY,
    path             TEXT NOT NULL,
    title            TEXT NOT NULL,
    description      TEXT NOT NULL,
    starts_at        INTEGER NOT NULL,
    time_zone        TEXT NOT NULL,
    place            TEXT NOT NULL,
    currency         TEXT NOT NULL,
    status           TEXT NOT NULL,
    plan_id          TEXT NOT NULL,
    owner            INTEGER NOT NULL,
    limit_per_person INTEGER NOT NULL,
    hold_ms          INTEGER NOT NULL,
    prices           TEXT NOT NULL,
    capacity         INTEGER NOT NULL,
    available        INTEGER NOT NULL,
    held             INTEGER NOT NULL,
    booked           INTEGER NOT NULL,
    from_price       INTEGER
) STRICT;

CREATE INDEX events_upcoming ON events (starts_at, id) WHERE status = 'published';
CREATE INDEX events_owner ON events (owner, starts_at, id);

CREATE TABLE orders (
    id         TEXT PRIMARY KEY,
    code       TEXT NOT NULL,
    event_id   INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    total      INTEGER NOT NULL,
    currency   TEXT NOT NULL,
    payment    TEXT NOT NULL,
    status     TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX orders_code ON orders (event_id, code);
CREATE INDEX orders_account ON orders (account_id, at, id);
CREATE INDEX orders_event ON orders (event_id, at, id);

CREATE TABLE order_places (
    order_id TEXT NOT NULL,
    place_no INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    seat     INTEGER,
    area     INTEGER,
    count    INTEGER NOT NULL,
    price    INTEGER NOT NULL,
    label    TEXT NOT NULL,
    status   TEXT NOT NULL,
    PRIMARY KEY (order_id, place_no)
) STRICT, WITHOUT ROWID;

-- The second line of defence against a double sale; the first is the room.
CREATE UNIQUE INDEX order_places_seat ON order_places (event_id, seat)
    WHERE status = 'booked' AND seat IS NOT NULL;
