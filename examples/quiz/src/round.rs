//! A question's life: asked, answered, revealed when its time is up or the host says so. It checks nobody's right
//! to anything.

use crate::commands::{Ask, PLAYERS_MAX};
use crate::state::{Chair, Outcome, Question, QuizState, Round};
use houseful_room::{AccountId, Audience, Tx};

/// The timer that ends a question. There is one question at a time, so it needs no more than a name.
pub(crate) const TIMER: &str = "reveal";

/// Asks a question; answers its number.
pub(crate) fn ask(tx: &mut Tx<'_, QuizState>, ask: Ask) -> u64 {
    let Ask { text, choices, right, seconds } = ask;
    let no = tx.state.rounds.last() + 1;
    forget_answers(tx);
    tx.after(TIMER, seconds * 1_000);
    let until = tx.now().plus_ms(seconds * 1_000);
    tx.state.question.set(Question { no, text, choices, until, outcome: None });
    tx.state.key.set(right);
    no
}

/// Ends the question that is open, if one is, and counts the points.
pub(crate) fn reveal(tx: &mut Tx<'_, QuizState>) {
    let Some(question) = tx.state.open_question().cloned() else { return };
    tx.cancel(TIMER);
    let right = tx.state.key.get().copied().unwrap_or_default();
    let mut counts = vec![0; question.choices.len()];
    for (_, choice) in tx.state.answers.iter() {
        counts[*choice] += 1;
    }
    let answers = tx.state.answers.iter().filter(|(_, choice)| **choice == right);
    for account in answers.map(|(account, _)| *account).collect::<Vec<_>>() {
        add_point(tx, account);
    }
    let outcome = Outcome { right, counts };
    let Question { text, choices, .. } = question.clone();
    tx.state.rounds.push(Round { text, choices, outcome: outcome.clone() });
    tx.state.question.set(Question { outcome: Some(outcome), ..question });
}

/// Nobody is the host any more; a question of theirs is over.
pub(crate) fn free_chair(tx: &mut Tx<'_, QuizState>) {
    reveal(tx);
    if let Some(host) = tx.state.host() {
        tx.state.chair.set(Chair { host: None });
        tx.readmit(host, "host");
    }
}

/// The room was recovered, and the timer runs in full again: tells everyone until when.
pub(crate) fn promise_anew(tx: &mut Tx<'_, QuizState>) {
    let Some(question) = tx.state.open_question().cloned() else { return };
    if let Some(until) = tx.due(TIMER).filter(|until| *until != question.until) {
        tx.state.question.set(Question { until, ..question });
    }
}

fn add_point(tx: &mut Tx<'_, QuizState>, account: AccountId) {
    let scores = &mut tx.state.scores;
    let points = scores.get(&account).copied();
    if points.is_some() || scores.len() < PLAYERS_MAX {
        scores.put(account, Audience::All, points.unwrap_or_default() + 1);
    }
}

fn forget_answers(tx: &mut Tx<'_, QuizState>) {
    let accounts: Vec<AccountId> = tx.state.answers.iter().map(|(account, _)| *account).collect();
    for account in accounts {
        tx.state.answers.remove(&account);
    }
    tx.state.answered.set(0);
}
