//! Messages: said, edited, deleted. One that left the room's memory is amended as it was read from history.

use super::commands::{EditBody, SayBody, reply};
use super::state::{Deleted, Message};
use super::{Chat, ChatTx, derived, pace, refusal};
use crate::fields::Wrong;
use crate::guests::keeps_order;
use houseful_room::planted::{self, Bug};
use houseful_room::{AccountId, Caller, Refusal};
use serde_json::json;

/// A new message.
pub(super) fn say(
    app: &Chat,
    tx: &mut ChatTx<'_>,
    by: &Caller,
    said: SayBody,
    mut wrong: Wrong,
) -> Result<String, Refusal> {
    said.must_be_of_here(app, tx, &mut wrong);
    wrong.none()?;
    if !keeps_order(by.role) {
        pace::must_have_voice(tx, by)?;
    }
    let slow_ms = if keeps_order(by.role) { 0 } else { tx.state.slow_ms() };
    pace::must_be_slow(tx, by, slow_ms)?;
    let SayBody { text, mentions, seats, reply: answers, mark } = said;
    let message = Message {
        by: by.account,
        at: tx.now(),
        text,
        mentions,
        seats,
        reply: answers,
        mark,
        edited: None,
        deleted: None,
        reactions: Vec::new(),
    };
    pace::note(tx, by.account);
    message.mentions.iter().for_each(|account| tx.state.name(*account));
    let no = tx.state.messages.push(message.clone());
    derived::said(app, tx, no, &message);
    reply(&json!({ "no": no }))
}

/// Other words in place of one's own.
pub(super) fn edit(
    app: &Chat,
    tx: &mut ChatTx<'_>,
    by: &Caller,
    edit: EditBody,
    mut wrong: Wrong,
) -> Result<String, Refusal> {
    must_be_known(app, tx, &edit.mentions, &mut wrong);
    wrong.none()?;
    let before = find(tx, edit.no)?;
    if before.by != by.account && !planted::on(Bug::EditUnchecked) {
        return Err(refusal::not_author());
    }
    if !keeps_order(by.role) {
        pace::must_have_voice(tx, by)?;
    }
    let EditBody { no, text, mentions } = edit;
    mentions.iter().for_each(|account| tx.state.name(*account));
    let after = Message { text, mentions, edited: Some(tx.now()), ..before.clone() };
    derived::amended(app, tx, no, &before, &after);
    tx.state.messages.amend(no, after);
    reply(&json!({}))
}

/// A message without its words.
pub(super) fn delete(
    app: &Chat,
    tx: &mut ChatTx<'_>,
    by: &Caller,
    no: u64,
) -> Result<String, Refusal> {
    let before = find(tx, no)?;
    let deleted = match before.by == by.account {
        true => Deleted::Author,
        false if keeps_order(by.role) => Deleted::Moderator,
        false => return Err(refusal::not_author()),
    };
    let keeps = planted::on(Bug::DeletedKept);
    let after = Message {
        by: before.by,
        at: before.at,
        text: if keeps { before.text.clone() } else { String::new() },
        mentions: Vec::new(),
        seats: None,
        reply: None,
        mark: None,
        edited: None,
        deleted: Some(deleted),
        reactions: Vec::new(),
    };
    derived::amended(app, tx, no, &before, &after);
    tx.state.messages.amend(no, after);
    reply(&json!({}))
}

/// A message that stands: from the room's memory, or as it was attached.
pub(super) fn find(tx: &ChatTx<'_>, no: u64) -> Result<Message, Refusal> {
    let message = tx.state.messages.get(no).cloned().or_else(|| tx.attached());
    let message = message.ok_or_else(|| refusal::no_such_message(no))?;
    match message.deleted {
        Some(_) => Err(refusal::message_deleted(no)),
        None => Ok(message),
    }
}

impl SayBody {
    /// Checks that what it speaks of is here: people, seats, the message that it answers.
    fn must_be_of_here(&self, app: &Chat, tx: &ChatTx<'_>, wrong: &mut Wrong) {
        must_be_known(app, tx, &self.mentions, wrong);
        if let Some(seats) = &self.seats {
            let event = app.config.event.filter(|event| event.id == seats.event);
            match event {
                None => wrong.add("seats.event", "this room does not belong to that event"),
                Some(event) => {
                    let outside = seats.indices.iter().position(|seat| *seat >= event.seats);
                    if let Some(nth) = outside {
                        let field = format!("seats.indices[{nth}]");
                        wrong.add(field, "the event has no such seat");
                    }
                }
            }
        }
        let last = tx.state.messages.last();
        if self.reply.is_some_and(|no| !(1..=last).contains(&no)) {
            wrong.add("reply", "there is no such message");
        }
    }
}

/// Whoever was never here cannot be spoken to: else anybody's name could be asked for by number.
fn must_be_known(app: &Chat, tx: &ChatTx<'_>, accounts: &[AccountId], wrong: &mut Wrong) {
    for (nth, account) in accounts.iter().enumerate() {
        if !app.knows(tx, *account) {
            wrong.add(format!("mentions[{nth}]"), "there is nobody like that in this room");
        }
    }
}
