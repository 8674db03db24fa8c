//! The rows of the table `mentions`: who was spoken to where, as far back as the room's memory goes, so that
//! people can be told outside of it. One's own mentions of oneself are no news.

use super::state::{ChatState, Message};
use super::{Chat, ChatTx};
use houseful_room::{AccountId, DerivedRow, Value};

/// A message is new; the one that leaves the room's memory for it takes its rows along.
pub(super) fn said(app: &Chat, tx: &mut ChatTx<'_>, no: u64, message: &Message) {
    for account in told(message) {
        tx.derive(row(app, no, account, Some(message)));
    }
    let leaving = no.saturating_sub(app.config.kept as u64);
    let rows: Vec<DerivedRow> = match tx.state.messages.get(leaving).filter(|_| leaving > 0) {
        Some(old) => told(old).map(|account| row(app, leaving, account, None)).collect(),
        None => Vec::new(),
    };
    rows.into_iter().for_each(|row| tx.derive(row));
}

/// A message speaks to others than it did.
pub(super) fn amended(app: &Chat, tx: &mut ChatTx<'_>, no: u64, before: &Message, after: &Message) {
    if no + app.config.kept as u64 <= tx.state.messages.last() {
        return;
    }
    for account in told(before).filter(|account| !after.mentions.contains(account)) {
        tx.derive(row(app, no, account, None));
    }
    for account in told(after).filter(|account| !before.mentions.contains(account)) {
        tx.derive(row(app, no, account, Some(after)));
    }
}

/// Every row that the room's memory implies.
pub(super) fn all(app: &Chat, state: &ChatState) -> Vec<DerivedRow> {
    let rows = state.messages.iter();
    rows.flat_map(|(no, message)| told(message).map(move |to| row(app, no, to, Some(message))))
        .collect()
}

fn told(message: &Message) -> impl Iterator<Item = AccountId> + '_ {
    message.mentions.iter().copied().filter(|account| *account != message.by)
}

fn row(app: &Chat, no: u64, account: AccountId, message: Option<&Message>) -> DerivedRow {
    let int = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    DerivedRow {
        table: "mentions",
        key: vec![
            ("account", int(account.0)),
            ("room", app.config.room.as_str().into()),
            ("no", int(no)),
        ],
        set: message
            .map(|message| vec![("author", int(message.by.0)), ("at", message.at.0.into())]),
    }
}
