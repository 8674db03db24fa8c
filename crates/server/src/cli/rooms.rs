//! `houseful rooms` and `houseful tail`: what a data folder's rooms are and what happens in them, read beside a
//! running server. They write nothing.

use anyhow::Context;
use houseful::clock::rfc3339;
use houseful::config::Config;
use houseful::db::sqlite::Sqlite;
use houseful::journal::{EntryRecord, Journal, RoomRecord};
use houseful::store::AccountStore;
use houseful_room::{AccountId, Audience, Op, Stored};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;

/// Entries read at once.
const CHUNK: usize = 1_000;
/// How often the journal is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Characters of a value that a line shows.
const VALUE_CHARS: usize = 60;

/// What to follow.
pub(super) struct Tail {
    pub(super) room: String,
    pub(super) entries: u64,
    pub(super) follow: bool,
    pub(super) json: bool,
}

/// Lists the rooms.
pub(super) fn list(config: &Config) -> anyhow::Result<ExitCode> {
    let database = Sqlite::look(&config.data)?;
    let rooms = database.rooms()?;
    let width = rooms.iter().map(|room| room.path.len()).max().unwrap_or_default().max(4);
    let mut out = io::stdout().lock();
    let mut line = |text: String| told(writeln!(out, "{text}"));
    let mut goes_on = line(format!(
        "{:<width$}  {:<8} {:>9} {:>5}  last entry",
        "room", "app", "entries", "term"
    ))?;
    for room in rooms {
        if !goes_on {
            break;
        }
        let last = last_at(&database, &room)?;
        let RoomRecord { path, app, head, term, .. } = room;
        goes_on = line(format!("{path:<width$}  {app:<8} {head:>9} {term:>5}  {last}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// When the last entry was made.
fn last_at(database: &Sqlite, room: &RoomRecord) -> anyhow::Result<String> {
    let last = database.read(room.room, room.head.saturating_sub(1), 1)?;
    let Some(entry) = last.first() else { return Ok("none".to_owned()) };
    Ok(rfc3339(Stored::read(&entry.body)?.at))
}

/// Shows a room's last entries, and goes on with those that come.
pub(super) fn tail(config: &Config, tail: &Tail) -> anyhow::Result<ExitCode> {
    let database = Sqlite::look(&config.data)?;
    let found = database.find(&tail.room)?;
    let room = found.with_context(|| {
        format!("there is no room {:?}; `houseful rooms` lists them", tail.room)
    })?;
    let mut reader = Reader { database, names: HashMap::new(), json: tail.json };
    let mut after = room.head.saturating_sub(tail.entries);
    loop {
        let entries = reader.database.read(room.room, after, CHUNK)?;
        for entry in &entries {
            let text = reader.line(entry)?;
            if !told(writeln!(io::stdout(), "{text}"))? {
                return Ok(ExitCode::SUCCESS);
            }
            after = entry.seq;
        }
        if entries.is_empty() {
            if !tail.follow {
                return Ok(ExitCode::SUCCESS);
            }
            pause();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program of one thread that has nothing else to do"
)]
fn pause() {
    std::thread::sleep(LOOK_EVERY);
}

/// Whether somebody still reads what is printed: a pipe that is closed is the end, and no error.
fn told(written: io::Result<()>) -> anyhow::Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}

struct Reader {
    database: Sqlite,
    names: HashMap<AccountId, String>,
    json: bool,
}

impl Reader {
    fn line(&mut self, entry: &EntryRecord) -> anyhow::Result<String> {
        if self.json {
            let mut body: Value = serde_json::from_slice(&entry.body)?;
            body["seq"] = entry.seq.into();
            return Ok(body.to_string());
        }
        let stored = Stored::read(&entry.body)?;
        let by = stored.by.map_or(Ok(String::new()), |account| self.name(account))?;
        let mut line = format!("{} {:>7}  {by:<20} {}", rfc3339(stored.at), entry.seq, stored.did);
        for group in stored.groups() {
            let group = group?;
            for op in group.ops()? {
                line += &format!("\n{:>32}{}", "", said(&group.audience, &op));
            }
        }
        Ok(line)
    }

    fn name(&mut self, account: AccountId) -> anyhow::Result<String> {
        if let Some(name) = self.names.get(&account) {
            return Ok(name.clone());
        }
        let named = self.database.names(&[account])?;
        let name = named.into_iter().next().map(|(_, name)| plain(&name));
        let name = name.map_or(format!("({account})"), |name| format!("{name} ({account})"));
        self.names.insert(account, name.clone());
        Ok(name)
    }
}

/// One op as people read it.
fn said(audience: &Audience, op: &Op<'_>) -> String {
    let what = match op {
        Op::Cell(shape, value) => format!("{shape} = {}", short(value.get())),
        Op::Put(shape, key, value) => format!("{shape}[{}] = {}", key.get(), short(value.get())),
        Op::Del(shape, key) => format!("{shape}[{}] is gone", key.get()),
        Op::Log(shape, no, value) => format!("{shape} #{no}: {}", short(value.get())),
        Op::Signal(shape, value) => format!("{shape}! {}", short(value.get())),
        Op::Set(shape, places) => {
            let places: Vec<String> =
                places.iter().map(|(index, value)| format!("{index}={value}")).collect();
            format!("{shape}: {}", short(&places.join(" ")))
        }
    };
    match audience {
        Audience::All => what,
        other => format!("{what}   to {other}"),
    }
}

fn short(text: &str) -> String {
    let text = plain(text);
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Text that does nothing to the terminal: control characters are shown, not done.
fn plain(text: &str) -> String {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_odd(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_does_nothing_to_the_terminal() {
        let value = serde_json::value::RawValue::from_string("\"\u{202e}x\u{7f}\"".into()).unwrap();
        let text = said(&Audience::role("staff"), &Op::Log("messages", 3, &value));
        assert_eq!(text, "messages #3: \"\u{fffd}x\u{fffd}\"   to role:staff");
        assert_eq!(short(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
    }
}
