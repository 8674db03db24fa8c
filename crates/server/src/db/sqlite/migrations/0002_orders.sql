-- A sale writes to as few scattered pages as it can. An order lies with its account's others; that a
-- code is unique in its event is the room's promise, and nobody looks an order up by it here.
CREATE TABLE orders_2 (
    account_id INTEGER NOT NULL,
    id         TEXT NOT NULL,
    code       TEXT NOT NULL,
    event_id   INTEGER NOT NULL,
    total      INTEGER NOT NULL,
    currency   TEXT NOT NULL,
    payment    TEXT NOT NULL,
    status     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO orders_2 (account_id, id, code, event_id, total, currency, payment, status, at)
SELECT account_id, id, code, event_id, total, currency, payment, status, at FROM orders;

DROP TABLE orders;
ALTER TABLE orders_2 RENAME TO orders;
CREATE INDEX orders_event ON orders (event_id, at, id);
