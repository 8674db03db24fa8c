//! Everything that can be asked of a chat, and who decides it. No rule is here but what a body looks like.

use super::state::SpokenSeats;
use super::{Chat, ChatTx, order, react, refusal, say};
use crate::fields::{self, Fields, Wrong};
use crate::guests::keeps_order;
use houseful_room::{AccountId, Caller, Read, Refusal};
use serde::Serialize;
use std::collections::BTreeSet;

/// Characters of a message: Unicode scalar values, what is around them trimmed.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// Characters of what a client calls its message: a UUID has 36.
pub const MARK_CHARS_MAX: usize = 64;
/// People that one message speaks to: each is told.
pub const MENTIONS_MAX: usize = 20;
/// Seats that one message speaks of.
pub const SEATS_MAX: usize = 20;

/// A decoded command.
#[derive(Clone, Debug)]
pub enum Command {
    /// A new message, and what is wrong with it already.
    Say(SayBody, Wrong),
    /// Other words in place of one's own, and what is wrong with them already.
    Edit(EditBody, Wrong),
    /// A message without its words.
    Delete(u64),
    /// An emoji to a message, or no longer.
    React(ReactBody),
    /// Somebody may not speak for a while.
    Mute(AccountId, u64),
    /// Somebody may again.
    Unmute(AccountId),
    /// Everyone waits so long between two messages.
    Slow(u64),
}

/// What `say` asks for.
#[derive(Clone, Debug)]
pub struct SayBody {
    pub(super) text: String,
    pub(super) mentions: Vec<AccountId>,
    pub(super) seats: Option<SpokenSeats>,
    pub(super) reply: Option<u64>,
    pub(super) mark: Option<String>,
}

/// What `edit` asks for.
#[derive(Clone, Debug)]
pub struct EditBody {
    pub(super) no: u64,
    pub(super) text: String,
    pub(super) mentions: Vec<AccountId>,
}

/// What `react` asks for.
#[derive(Clone, Debug)]
pub struct ReactBody {
    pub(super) no: u64,
    pub(super) emoji: String,
    pub(super) on: bool,
}

/// The table: each command by its name on the wire.
pub(super) const COMMANDS: &[(&str, Read<Command>)] = &[
    ("say", |text| fields::read_on(text, SayBody::read).map(|(said, no)| Command::Say(said, no))),
    ("edit", |text| {
        fields::read_on(text, EditBody::read).map(|(edit, no)| Command::Edit(edit, no))
    }),
    ("delete", |text| fields::read(text, |body| Command::Delete(body.must("no")))),
    ("react", |text| fields::read(text, |body| Command::React(ReactBody::read(body)))),
    ("mute", |text| fields::read(text, |body| Command::Mute(account(body), order::mute_ms(body)))),
    ("unmute", |text| fields::read(text, |body| Command::Unmute(account(body)))),
    ("slow", |text| fields::read(text, |body| Command::Slow(order::slow_ms(body)))),
];

/// Decides a command: checks first, then writes.
pub(super) fn run(
    app: &Chat,
    tx: &mut ChatTx<'_>,
    by: &Caller,
    command: Command,
) -> Result<String, Refusal> {
    let is_for_keepers =
        matches!(command, Command::Mute(..) | Command::Unmute(_) | Command::Slow(_));
    if is_for_keepers && !keeps_order(by.role) {
        return Err(refusal::not_allowed());
    }
    match command {
        Command::Say(said, wrong) => say::say(app, tx, by, said, wrong),
        Command::Edit(edit, wrong) => say::edit(app, tx, by, edit, wrong),
        Command::Delete(no) => say::delete(app, tx, by, no),
        Command::React(react) => react::react(tx, by, react),
        Command::Mute(account, ms) => order::mute(app, tx, by, account, ms),
        Command::Unmute(account) => order::unmute(tx, account),
        Command::Slow(ms) => order::slow(tx, ms),
    }
}

impl SayBody {
    fn read(body: &mut Fields<'_>) -> SayBody {
        let text = body.words("text", TEXT_CHARS_MAX);
        let seats: Option<SpokenSeats> = body.maybe("seats");
        if let Some(seats) = &seats {
            few_and_once(body, "seats.indices", &seats.indices, 1..=SEATS_MAX);
        }
        let mark: Option<String> = body.maybe("mark");
        if mark.as_ref().is_some_and(|mark| !(1..=MARK_CHARS_MAX).contains(&mark.chars().count())) {
            body.wrong("mark", format!("this must have 1 to {MARK_CHARS_MAX} characters"));
        }
        SayBody { text, mentions: mentions(body), seats, reply: body.maybe("reply"), mark }
    }
}

impl EditBody {
    fn read(body: &mut Fields<'_>) -> EditBody {
        let text = body.words("text", TEXT_CHARS_MAX);
        EditBody { no: body.must("no"), text, mentions: mentions(body) }
    }
}

impl ReactBody {
    fn read(body: &mut Fields<'_>) -> ReactBody {
        let emoji: String = body.must("emoji");
        if !emoji.is_empty() && !react::is_emoji(&emoji) {
            body.wrong("emoji", "this must be one emoji");
        }
        ReactBody { no: body.must("no"), emoji, on: body.must("on") }
    }
}

fn account(body: &mut Fields<'_>) -> AccountId {
    AccountId(body.must("account"))
}

fn mentions(body: &mut Fields<'_>) -> Vec<AccountId> {
    let mentions: Vec<AccountId> = body.maybe("mentions").unwrap_or_default();
    few_and_once(body, "mentions", &mentions, 0..=MENTIONS_MAX);
    mentions
}

fn few_and_once<T: Ord>(
    body: &mut Fields<'_>,
    field: &str,
    list: &[T],
    count: std::ops::RangeInclusive<usize>,
) {
    if !count.contains(&list.len()) {
        body.wrong(field, format!("at least {}, at most {}", count.start(), count.end()));
    }
    let mut known = BTreeSet::new();
    if let Some(nth) = list.iter().position(|one| !known.insert(one)) {
        body.wrong(&format!("{field}[{nth}]"), "this is named twice");
    }
}

/// A reply as JSON.
pub(super) fn reply(value: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|_| refusal::internal())
}
