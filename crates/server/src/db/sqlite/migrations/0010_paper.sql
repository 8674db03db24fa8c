-- Which reminders go out before an event, and what its mail at booking says, as its room has them, JSON.
ALTER TABLE events ADD COLUMN reminders TEXT;
ALTER TABLE events ADD COLUMN booking_mail TEXT;

-- Places that are kept for people in a waiting list. `since` is when they came to stand in it: one stay, one offer.
CREATE TABLE offers (
    account_id INTEGER NOT NULL,
    event_id   INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    PRIMARY KEY (account_id, event_id)
) STRICT, WITHOUT ROWID;

-- Whoever is reminded at the usual times has chosen none, and gets those that the organiser has set.
UPDATE notification_settings SET body = json_remove(body, '$.reminderMinutes')
WHERE json_extract(body, '$.reminderMinutes') = '[1440,60]';
