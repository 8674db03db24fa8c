//! What `faults remind` rests on: the server with its clock and its mail server, the events and who follows them, and
//! what is on the disk. It never asks the server what it has recorded.

use super::super::clock::{Hands, wall_ms};
use super::ended::{DROPPED, MOVED};
use crate::client::api::{Person, command, make_event_at, organiser, set_notifications};
use crate::client::live::address;
use crate::client::process::{Server, Start};
use anyhow::Result;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// What is before and after an event's number in the path of its room.
const ROOM: [&str; 2] = ["events/", "/seats"];

/// A server that can be killed and started again, by a clock of the run's.
pub(super) struct Stage {
    pub(super) start: Start,
    pub(super) hands: Hands,
    pub(super) environment: Vec<(String, String)>,
    pub(super) listen: SocketAddr,
}

/// The events, and who follows both.
pub(super) struct Cast {
    pub(super) moved: String,
    pub(super) dropped: String,
    pub(super) followers: Vec<(u64, String)>,
}

impl Stage {
    pub(super) fn serve(&self) -> Result<Server> {
        self.start.serve_at(self.listen, &self.environment)
    }

    /// Whoever runs the events, with a token that is good by the clock as it is.
    pub(super) async fn staff(&self) -> Result<Person> {
        organiser(self.listen, address(0)).await
    }

    /// Puts the server's clock so far from ours, and has it look.
    pub(super) async fn jump(&self, ahead_s: i64) -> Result<()> {
        self.hands.set(ahead_s)?;
        set_notifications(self.listen, &self.staff().await?).await
    }

    /// Moves one event and cancels the other.
    pub(super) async fn change(&self, cast: &Cast, due_at: i64) -> Result<()> {
        let staff = self.staff().await?;
        let to = json!({ "startsAt": due_at + DAY_MS });
        command(self.listen, &staff, &cast.moved, "edit", &to).await?;
        let why = json!({ "reason": "The hall is closed" });
        command(self.listen, &staff, &cast.dropped, "cancel_event", &why).await?;
        Ok(())
    }

    /// Makes the events, and people who follow both: in the database, for a thousand passwords take minutes to hash.
    pub(super) async fn prepare(&self, people: usize, dues: [i64; 2]) -> Result<Cast> {
        let server = self.serve()?;
        let staff = self.staff().await?;
        let mut rooms = Vec::new();
        for (due_at, title) in dues.into_iter().zip([MOVED, DROPPED]) {
            let starts_at = rfc3339(due_at + DAY_MS)?;
            rooms.push(make_event_at(self.listen, &staff, 6, title, &starts_at).await?.room);
        }
        server.kill()?;
        let followers = self.enrol(people, &rooms)?;
        let [moved, dropped] = <[String; 2]>::try_from(rooms).unwrap_or_default();
        Ok(Cast { moved, dropped, followers })
    }

    fn enrol(&self, people: usize, rooms: &[String]) -> Result<Vec<(u64, String)>> {
        let mut db = Connection::open(self.start.data.join("houseful.db"))?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let first: i64 = tx.query_row("SELECT max(id) + 1 FROM accounts", [], |row| row.get(0))?;
        let mut accounts = Vec::new();
        for nth in 0..i64::try_from(people)? {
            let (account, email) = (first + nth, format!("follower{nth}@load.example"));
            tx.execute(
                "INSERT INTO accounts (id, email, name, role, password, created_at)
                 SELECT ?1, ?2, 'A Follower', 'attendee', password, 0 FROM accounts WHERE email = ?3",
                params![account, email, "ann@demo.example"],
            )?;
            for room in rooms {
                tx.execute(
                    "INSERT INTO follows (account, event, at) VALUES (?1, ?2, 0)",
                    params![account, number(room)],
                )?;
            }
            accounts.push((account.unsigned_abs(), email));
        }
        tx.execute(
            "UPDATE sequences SET value = (SELECT max(id) FROM accounts) WHERE name = 'accounts'",
            [],
        )?;
        // The demo's own people are no part of this.
        tx.execute("UPDATE event_news SET moved_at = 0", [])?;
        tx.commit()?;
        Ok(accounts)
    }

    /// What each follower has in their inbox, as `kind title`, sorted.
    pub(super) fn inboxes(&self) -> Result<BTreeMap<u64, Vec<String>>> {
        let db = self.look()?;
        let sql = "SELECT account, kind || ' ' || json_extract(data, '$.title') FROM notifications
                   WHERE account IN (SELECT id FROM accounts WHERE email LIKE '%@load.example')
                   ORDER BY 1, 2";
        let mut rows = db.prepare(sql)?;
        let mut inboxes: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for row in rows.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))? {
            let (account, what) = row?;
            inboxes.entry(account.unsigned_abs()).or_default().push(what);
        }
        Ok(inboxes)
    }

    /// How many notifications there are in all those.
    pub(super) fn recorded(&self) -> Result<usize> {
        Ok(self.inboxes()?.values().map(Vec::len).sum())
    }

    /// How many mails wait.
    pub(super) fn waiting(&self) -> Result<i64> {
        let sql = "SELECT count(*) FROM mails WHERE state = 'waiting'";
        Ok(self.look()?.query_row(sql, [], |row| row.get(0))?)
    }

    /// The Message-IDs of what the server knows that it has sent.
    pub(super) fn noted(&self) -> Result<BTreeSet<String>> {
        let db = self.look()?;
        let mut rows = db.prepare("SELECT message_id FROM mails WHERE state = 'sent'")?;
        Ok(rows.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes from the disk that some were reminded the last time.
    pub(super) fn forget(&self, accounts: &[(u64, String)]) -> Result<()> {
        let db = Connection::open(self.start.data.join("houseful.db"))?;
        for (account, _) in accounts {
            let sql = "DELETE FROM notifications WHERE id = (SELECT max(id) FROM notifications
                       WHERE kind = 'reminder' AND account = ?1)";
            db.execute(sql, [i64::try_from(*account)?])?;
        }
        Ok(())
    }

    fn look(&self) -> Result<Connection> {
        let file = self.start.data.join("houseful.db");
        Ok(Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
    }
}

/// The number of a room's event.
fn number(room: &str) -> Option<i64> {
    room.strip_prefix(ROOM[0])?.strip_suffix(ROOM[1])?.parse().ok()
}

/// SQLite writes the time as people do, so that this needs no library for it.
fn rfc3339(ms: i64) -> Result<String> {
    let sql = "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', ?1, 'unixepoch')";
    Ok(Connection::open_in_memory()?.query_row(sql, [ms / 1_000], |row| row.get(0))?)
}

/// How far the server's clock is to be put for a moment to have come.
pub(super) fn ahead_s(moment: i64) -> i64 {
    (moment - wall_ms()) / 1_000 + 1
}
