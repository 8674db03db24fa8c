//! The waiting list of an event that is sold out: who stands in it, and what becomes of offers. Its rules are
//! `queue.rs`'s; what is free is counted where it is kept.

use super::commands::reply;
use super::facts::Status;
use super::queue::{InLine, free, may_hold, offers};
use super::state::SeatsState;
use super::{Seats, SeatsTx, derived, refusal};
use houseful_room::{AccountId, Audience, Caller, Refusal, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const TIMER: &str = "offer/";
/// People in a waiting list.
const WAITING_MAX: usize = 10_000;

/// What `queue` asks for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueBody {
    /// How many places.
    pub count: u32,
}

/// Somebody in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The lower, the longer they have waited.
    pub no: u64,
    /// How many places they want.
    pub count: u32,
    /// Since when.
    pub at: Wall,
    /// What they may hold now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
}

/// Places that are kept for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// How many.
    pub count: u32,
    /// It does not end before.
    pub until: Wall,
}

/// The line as its event's team sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// How many people.
    pub people: u32,
    /// How many places they want.
    pub places: u32,
    /// How many are kept for them.
    pub offered: u32,
}

impl SeatsState {
    fn in_line(&self) -> Vec<InLine> {
        let one = |(account, waiting): (&AccountId, &Waiting)| InLine {
            no: waiting.no,
            account: *account,
            count: waiting.count,
            offered: waiting.offer.map(|offer| offer.count),
        };
        self.queue.iter().map(one).collect()
    }

    /// How many places can be held.
    pub(super) fn available(&self, app: &Seats) -> u32 {
        let sums = self.sums.get().copied().unwrap_or_default();
        self.capacity(app).saturating_sub(sums.held + sums.booked + sums.blocked)
    }

    /// How many people fit.
    pub(super) fn capacity(&self, app: &Seats) -> u32 {
        app.hall.seats() + self.areas.iter().map(|(_, counts)| counts.capacity).sum::<u32>()
    }
}

/// Decides `queue`.
pub(super) fn queue(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: QueueBody,
) -> Result<String, Refusal> {
    let event = tx.state.event.get().ok_or_else(refusal::no_such_room)?;
    match event.status {
        Status::Cancelled => return Err(refusal::event_cancelled()),
        Status::Deleted => return Err(refusal::no_such_room()),
        Status::Draft => return Err(refusal::not_sold_out()),
        Status::Published if tx.now() >= event.starts_at => return Err(refusal::sale_closed()),
        Status::Published => {}
    }
    let (limit, have) = (event.limit_per_person, tx.state.places_of(by.account));
    if ask.count == 0 {
        return Err(refusal::invalid("count", "ask for at least one place"));
    }
    if u64::from(have) + u64::from(ask.count) > u64::from(limit) {
        return Err(refusal::limit_exceeded(limit, have));
    }
    if tx.state.queue.get(&by.account).is_some() {
        return Err(refusal::already_in_line());
    }
    let line = tx.state.in_line();
    if free(&line, tx.state.available(app)) > 0 {
        return Err(refusal::not_sold_out());
    }
    if line.len() >= WAITING_MAX {
        return Err(refusal::line_full());
    }
    let no = line.iter().map(|one| one.no).max().unwrap_or(0) + 1;
    let waiting = Waiting { no, count: ask.count, at: tx.now(), offer: None };
    tx.state.queue.put(by.account, Audience::Member(by.account), waiting);
    settle(app, tx);
    reply(&waiting)
}

/// Decides `unqueue`.
pub(super) fn unqueue(app: &Seats, tx: &mut SeatsTx<'_>, by: &Caller) -> Result<String, Refusal> {
    if !leave(app, tx, by.account) {
        return Err(refusal::not_in_line());
    }
    settle(app, tx);
    Ok("{}".to_owned())
}

/// Somebody is no longer in line. Whether they were.
pub(super) fn leave(app: &Seats, tx: &mut SeatsTx<'_>, account: AccountId) -> bool {
    tx.cancel(&timer_key(account));
    let was = tx.state.queue.remove(&account);
    if was.is_some_and(|waiting| waiting.offer.is_some()) {
        derived::offer_now(app, tx, account);
    }
    was.is_some()
}

/// Nobody waits any more: there will be nothing to wait for.
pub(super) fn close(app: &Seats, tx: &mut SeatsTx<'_>) {
    let accounts: Vec<AccountId> = tx.state.queue.iter().map(|(account, _)| *account).collect();
    for account in accounts {
        leave(app, tx, account);
    }
    settle(app, tx);
}

/// Whether somebody may take so many of the available places.
pub(super) fn must_be_theirs(
    app: &Seats,
    state: &SeatsState,
    account: AccountId,
    places: u64,
) -> Result<(), Refusal> {
    if state.queue.is_empty() {
        return Ok(());
    }
    let most = may_hold(&state.in_line(), state.available(app), account);
    if places <= u64::from(most) { Ok(()) } else { Err(refusal::reserved_for_line(most)) }
}

/// Whether so many places may be taken out of the sale.
pub(super) fn must_be_free(app: &Seats, state: &SeatsState, places: u32) -> Result<(), Refusal> {
    let most = free(&state.in_line(), state.available(app));
    match state.queue.is_empty() || places <= most {
        true => Ok(()),
        false => Err(refusal::reserved_for_line(most)),
    }
}

/// Offers what is free to who waits. To be called after whatever may have made places free.
pub(super) fn settle(app: &Seats, tx: &mut SeatsTx<'_>) {
    if tx.state.queue.is_empty() && tx.state.line.get().is_none_or(|line| line.people == 0) {
        return;
    }
    let event = tx.state.event.get();
    let sells =
        event.is_some_and(|event| event.status == Status::Published && tx.now() < event.starts_at);
    let available = if sells { tx.state.available(app) } else { 0 };
    for (account, count) in offers(&tx.state.in_line(), available) {
        let until = tx.now().plus_ms(app.config.offer_ms);
        tx.after(&timer_key(account), app.config.offer_ms);
        put_offer(app, tx, account, Offer { count, until });
    }
    let line = tx.state.in_line();
    let line = Line {
        people: line.len() as u32,
        places: line.iter().map(|one| one.count).sum(),
        offered: line.iter().filter_map(|one| one.offered).sum(),
    };
    if tx.state.line.get() != Some(&line) {
        tx.state.line.set(line);
    }
}

fn put_offer(app: &Seats, tx: &mut SeatsTx<'_>, account: AccountId, offer: Offer) {
    if let Some(waiting) = tx.state.queue.get(&account).copied() {
        let waiting = Waiting { offer: Some(offer), ..waiting };
        tx.state.queue.put(account, Audience::Member(account), waiting);
        derived::offer_now(app, tx, account);
    }
}

/// The time of an offer is over.
pub(super) fn expire(app: &Seats, tx: &mut SeatsTx<'_>, key: &str) {
    let account = key.strip_prefix(TIMER).and_then(|account| account.parse().ok());
    if let Some(account) = account.map(AccountId) {
        leave(app, tx, account);
        settle(app, tx);
    }
}

/// The room was recovered and timers run in full again: tells those who have an offer their new time.
pub(super) fn promise_anew(app: &Seats, tx: &mut SeatsTx<'_>) {
    let offers = tx.state.queue.iter().filter_map(|(account, one)| Some((*account, one.offer?)));
    let offers: Vec<(AccountId, Offer)> = offers.collect();
    for (account, offer) in offers {
        let key = timer_key(account);
        let until = tx.due(&key).unwrap_or_else(|| {
            // An offer without a timer would never end.
            tx.after(&key, app.config.offer_ms);
            tx.now().plus_ms(app.config.offer_ms)
        });
        if until != offer.until {
            put_offer(app, tx, account, Offer { until, ..offer });
        }
    }
}

fn timer_key(account: AccountId) -> String {
    format!("{TIMER}{account}")
}

/// What must hold: the promises fit into what there is, and go to those who have waited longest.
pub(super) fn check(app: &Seats, state: &SeatsState) -> Result<(), String> {
    let line = state.in_line();
    let promised: u32 = line.iter().filter_map(|one| one.offered).sum();
    if promised > state.available(app) {
        return Err(format!("{promised} places are promised, {} there", state.available(app)));
    }
    let last_offered = line.iter().filter(|one| one.offered.is_some()).map(|one| one.no).max();
    let first_waiting = line.iter().filter(|one| one.offered.is_none()).map(|one| one.no).min();
    match (last_offered, first_waiting) {
        (Some(last), Some(first)) if last > first => Err("somebody was overtaken".to_owned()),
        _ => Ok(()),
    }
}
