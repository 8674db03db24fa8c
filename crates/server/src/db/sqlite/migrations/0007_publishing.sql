-- What an event says of itself beyond its sale, and by whom one that is not for all is seen. Derived like all of it.
ALTER TABLE events ADD COLUMN ends_at INTEGER;
ALTER TABLE events ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public';
ALTER TABLE events ADD COLUMN category TEXT NOT NULL DEFAULT 'other';
ALTER TABLE events ADD COLUMN picture TEXT;
ALTER TABLE events ADD COLUMN cancelled_reason TEXT;
ALTER TABLE events ADD COLUMN online TEXT;
ALTER TABLE events ADD COLUMN rescheduled_from INTEGER;

CREATE INDEX events_plan ON events (plan_id);

-- `role` is `invited`, a role of the team, or `booked`; the last is kept only where it opens the event to somebody.
CREATE TABLE event_people (
    account_id INTEGER NOT NULL,
    event_id   INTEGER NOT NULL,
    role       TEXT NOT NULL,
    PRIMARY KEY (account_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_people_event ON event_people (event_id);

-- What tickets are signed with. There is one, made at first use.
CREATE TABLE ticket_keys (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    seed       BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Whose picture it is, if it is an event's: only those who see the event are shown it.
ALTER TABLE pictures ADD COLUMN event INTEGER;
CREATE INDEX pictures_event ON pictures (event) WHERE event IS NOT NULL;
