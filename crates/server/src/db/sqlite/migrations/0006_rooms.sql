-- Rooms with a door, as their entries describe them, and whom they know beforehand: to be listed and searched.
CREATE TABLE listings (
    path       TEXT NOT NULL PRIMARY KEY,
    app        TEXT NOT NULL,
    title      TEXT NOT NULL,
    visibility TEXT NOT NULL,
    owner      INTEGER NOT NULL,
    event      INTEGER,
    minimum    INTEGER NOT NULL,
    maximum    INTEGER,
    locked     INTEGER NOT NULL,
    phase      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX listings_owner ON listings (owner);

CREATE TABLE listing_guests (
    path    TEXT NOT NULL,
    account INTEGER NOT NULL,
    role    TEXT NOT NULL,
    PRIMARY KEY (path, account)
) STRICT, WITHOUT ROWID;
