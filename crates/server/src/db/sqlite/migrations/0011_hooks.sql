-- What a person's own programs come in with. Of a token there is only the hash, and its end to tell it by.
CREATE TABLE api_tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL,
    hash       BLOB NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    ending     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX api_tokens_account ON api_tokens (account);

-- Who came in, as far as somebody outside is told of it. Derived.
CREATE TABLE arrivals (
    order_id TEXT NOT NULL,
    place    TEXT NOT NULL,
    event_id INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (order_id, place)
) STRICT, WITHOUT ROWID;

-- Where organisers are told of their events. Without an event it is all of theirs.
CREATE TABLE webhooks (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    account       INTEGER NOT NULL,
    event         INTEGER,
    url           TEXT NOT NULL,
    kinds         TEXT NOT NULL,
    secret        BLOB NOT NULL,
    old_secret    BLOB,
    old_until     INTEGER,
    enabled       INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    failing_since INTEGER,
    given_up_at   INTEGER,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_account ON webhooks (account);
CREATE INDEX webhooks_given_up ON webhooks (given_up_at) WHERE given_up_at IS NOT NULL;

-- What is to be told, noted by the triggers below in the very transaction of what it tells of. They refuse nothing.
CREATE TABLE webhook_facts (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    kind  TEXT NOT NULL,
    event INTEGER NOT NULL,
    data  TEXT NOT NULL
) STRICT;

CREATE TABLE webhook_deliveries (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook    INTEGER NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    body       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'dropped')),
    tries      INTEGER NOT NULL DEFAULT 0,
    due_at     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    done_at    INTEGER,
    status     INTEGER,
    answer     TEXT,
    error      TEXT
) STRICT;
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (due_at, id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook, id);
CREATE INDEX webhook_deliveries_created ON webhook_deliveries (created_at);

CREATE VIEW hooked_events AS
SELECT events.id AS event FROM events JOIN webhooks
ON webhooks.account = events.owner AND (webhooks.event IS NULL OR webhooks.event = events.id)
WHERE webhooks.enabled = 1;

CREATE TRIGGER order_made AFTER INSERT ON orders
WHEN NEW.status = 'booked' AND EXISTS (SELECT 1 FROM hooked_events WHERE event = NEW.event_id)
BEGIN
    INSERT INTO webhook_facts (kind, event, data) VALUES ('booking.made', NEW.event_id, json_object(
        'event', NEW.event_id, 'order', NEW.id, 'code', NEW.code, 'account', NEW.account_id,
        'total', NEW.total, 'currency', NEW.currency, 'payment', NEW.payment, 'status', NEW.status,
        'at', strftime('%Y-%m-%dT%H:%M:%fZ', NEW.at / 1000.0, 'unixepoch')));
END;

CREATE TRIGGER order_changed AFTER UPDATE ON orders
WHEN (NEW.status <> OLD.status OR NEW.total <> OLD.total)
 AND EXISTS (SELECT 1 FROM hooked_events WHERE event = NEW.event_id)
BEGIN
    INSERT INTO webhook_facts (kind, event, data) VALUES (
        iif(NEW.status = 'cancelled', 'booking.cancelled', 'booking.changed'), NEW.event_id, json_object(
        'event', NEW.event_id, 'order', NEW.id, 'code', NEW.code, 'account', NEW.account_id,
        'total', NEW.total, 'currency', NEW.currency, 'payment', NEW.payment, 'status', NEW.status,
        'at', strftime('%Y-%m-%dT%H:%M:%fZ', NEW.at / 1000.0, 'unixepoch')));
END;

CREATE TRIGGER ticket_checked_in AFTER INSERT ON arrivals
WHEN EXISTS (SELECT 1 FROM hooked_events WHERE event = NEW.event_id)
BEGIN
    INSERT INTO webhook_facts (kind, event, data) VALUES ('ticket.checked_in', NEW.event_id, json_object(
        'event', NEW.event_id, 'order', NEW.order_id, 'place', NEW.place,
        'at', strftime('%Y-%m-%dT%H:%M:%fZ', NEW.at / 1000.0, 'unixepoch')));
END;

CREATE TRIGGER event_changed AFTER UPDATE ON events
WHEN (NEW.status <> OLD.status OR NEW.status = 'published' AND (
        NEW.title <> OLD.title OR NEW.description <> OLD.description OR NEW.place <> OLD.place
        OR NEW.starts_at <> OLD.starts_at OR NEW.ends_at IS NOT OLD.ends_at OR NEW.time_zone <> OLD.time_zone
        OR NEW.visibility <> OLD.visibility OR NEW.category <> OLD.category OR NEW.capacity <> OLD.capacity
        OR NEW.prices <> OLD.prices OR NEW.picture IS NOT OLD.picture))
 AND EXISTS (SELECT 1 FROM hooked_events WHERE event = NEW.id)
BEGIN
    INSERT INTO webhook_facts (kind, event, data) VALUES (
        CASE WHEN NEW.status = OLD.status THEN 'event.changed' ELSE 'event.' || NEW.status END, NEW.id, json_object(
        'event', NEW.id, 'title', NEW.title, 'place', NEW.place,
        'startsAt', strftime('%Y-%m-%dT%H:%M:%fZ', NEW.starts_at / 1000.0, 'unixepoch'),
        'endsAt', strftime('%Y-%m-%dT%H:%M:%fZ', NEW.ends_at / 1000.0, 'unixepoch'),
        'timeZone', NEW.time_zone, 'status', NEW.status, 'visibility', NEW.visibility,
        'category', NEW.category, 'capacity', NEW.capacity, 'reason', NEW.cancelled_reason));
END;

-- Browsers that are told by Web Push, each for as long as its login.
CREATE TABLE push_subscriptions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL,
    login      INTEGER NOT NULL,
    endpoint   TEXT NOT NULL UNIQUE,
    p256dh     BLOB NOT NULL,
    auth       BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX push_subscriptions_account ON push_subscriptions (account);
CREATE INDEX push_subscriptions_login ON push_subscriptions (login);

-- What is to be pushed, written with its notification; a row that is done with is gone.
CREATE TABLE pushes (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    notification INTEGER NOT NULL,
    subscription INTEGER NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    due_at       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    UNIQUE (notification, subscription)
) STRICT;
CREATE INDEX pushes_due ON pushes (due_at, id);
CREATE INDEX pushes_subscription ON pushes (subscription);

-- A browser is told nothing more when its login ends, in whatever way it does.
CREATE TRIGGER login_revoked AFTER UPDATE OF revoked_at ON sessions WHEN NEW.revoked_at IS NOT NULL
BEGIN
    DELETE FROM push_subscriptions WHERE login = NEW.id;
END;

CREATE TRIGGER login_purged AFTER DELETE ON sessions
BEGIN
    DELETE FROM push_subscriptions WHERE login = OLD.id;
END;

CREATE TRIGGER push_subscription_gone AFTER DELETE ON push_subscriptions
BEGIN
    DELETE FROM pushes WHERE subscription = OLD.id;
END;
