//! A small application to try the framework on: a few stools that are held, booked, released, each hold
//! for two seconds. It is no product, and its checker never calls it.

use houseful_room::testkit::{Ask, Asked, Change, Observed, Replica, Rng, Workload};
use houseful_room::{
    AccountId, Admission, Audience, Caller, DerivedRow, Grid, Principal, Refusal, RoomApp, Rows,
    Standing, Tx, body, planted, synced,
};
use serde::Deserialize;

pub const STOOLS: u32 = 6;
pub const HOLD_MS: u64 = 2_000;
const LIMIT: usize = 3;

synced! {
    pub struct Stools {
        pub stools: Grid,
        pub owners: Rows<u32, AccountId>,
    }
}

pub struct Kiosk;

#[derive(Deserialize)]
pub struct Which {
    stool: u32,
}

pub enum Do {
    Hold(u32),
    Book(u32),
    Release(u32),
}

impl RoomApp for Kiosk {
    const NAME: &'static str = "kiosk";
    const VERSION: u32 = 1;
    type State = Stools;
    type Command = Do;
    const COMMANDS: &'static [(&'static str, houseful_room::Read<Do>)] = &[
        ("hold", |text| body::<Which>(text).map(|which| Do::Hold(which.stool))),
        ("book", |text| body::<Which>(text).map(|which| Do::Book(which.stool))),
        ("release", |text| body::<Which>(text).map(|which| Do::Release(which.stool))),
    ];

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Kiosk)
    }

    fn limits(&self) -> houseful_room::Limits {
        houseful_room::Limits { grace_ms: 10_000, ..houseful_room::Limits::default() }
    }

    fn empty(&self) -> Stools {
        Stools { stools: Grid::new(STOOLS, 2), owners: Rows::default() }
    }

    fn open(&self, _: &mut Tx<'_, Stools>) -> Result<(), Refusal> {
        Ok(())
    }

    fn admit(&self, _: &Stools, _: &Principal) -> Admission {
        Admission::Enter("guest")
    }

    fn command(
        &self,
        tx: &mut Tx<'_, Stools>,
        by: &Caller,
        command: Do,
    ) -> Result<String, Refusal> {
        match command {
            Do::Hold(stool) => {
                let mine = tx.state.owners.iter().filter(|(_, owner)| **owner == by.account);
                if tx.state.stools.get(stool) != Some(0) {
                    return Err(Refusal::new("taken", "Somebody has it."));
                }
                if mine.count() >= LIMIT {
                    return Err(Refusal::new("limit", "You have enough."));
                }
                if planted::on(planted::Bug::CheckThenAct) {
                    tx.after(&format!("take:{stool}:{}", by.account), 5);
                } else {
                    take(tx, stool, by.account);
                }
            }
            Do::Book(stool) => {
                held(tx, stool, by.account)?;
                tx.cancel(&format!("hold:{stool}"));
                tx.state.stools.set(stool, 2);
                tx.derive(sold(stool, Some(by.account)));
            }
            Do::Release(stool) => {
                held(tx, stool, by.account)?;
                tx.cancel(&format!("hold:{stool}"));
                free(tx, stool);
            }
        }
        Ok(format!("{{\"at\":{}}}", tx.now().0))
    }

    fn timer(&self, tx: &mut Tx<'_, Stools>, key: &str) {
        let mut parts = key.split(':');
        let (kind, stool) = (parts.next(), parts.next().and_then(|text| text.parse().ok()));
        match (kind, stool, parts.next().and_then(|text| text.parse().ok())) {
            (Some("take"), Some(stool), Some(account)) => take(tx, stool, AccountId(account)),
            (Some("hold"), Some(stool), _) if tx.state.stools.get(stool) == Some(1) => {
                free(tx, stool);
            }
            _ => {}
        }
    }

    fn derived(&self, state: &Stools) -> Vec<DerivedRow> {
        let booked = state.owners.iter().filter(|(stool, _)| state.stools.get(**stool) == Some(2));
        booked.map(|(stool, owner)| sold(*stool, Some(*owner))).collect()
    }
}

fn take(tx: &mut Tx<'_, Stools>, stool: u32, account: AccountId) {
    tx.state.stools.set(stool, 1);
    tx.state.owners.put(stool, Audience::Member(account), account);
    tx.after(&format!("hold:{stool}"), HOLD_MS);
}

fn free(tx: &mut Tx<'_, Stools>, stool: u32) {
    tx.state.stools.set(stool, 0);
    tx.state.owners.remove(&stool);
}

fn held(tx: &Tx<'_, Stools>, stool: u32, by: AccountId) -> Result<(), Refusal> {
    let is_held = tx.state.stools.get(stool) == Some(1);
    if is_held && tx.state.owners.get(&stool) == Some(&by) {
        return Ok(());
    }
    Err(Refusal::new("not_yours", "You do not hold it."))
}

fn sold(stool: u32, to: Option<AccountId>) -> DerivedRow {
    let set = to.map(|to| vec![("account", i64::try_from(to.0).unwrap_or(0).into())]);
    DerivedRow { table: "sold", key: vec![("stool", i64::from(stool).into())], set }
}

/// Eight people around six stools.
#[derive(Clone)]
pub struct Crowd;

/// A stool that is not free: whose, whether booked, since when, in which term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken {
    by: u64,
    is_booked: bool,
    since_ms: u64,
    term: u64,
}

impl Workload for Crowd {
    type App = Kiosk;
    type Model = [Option<Taken>; STOOLS as usize];

    fn config(&self) -> String {
        "{}".into()
    }

    fn people(&self) -> Vec<Principal> {
        let person = |account| Principal::person(AccountId(account), Standing::Attendee);
        // One of them is here twice, and somebody only looks.
        let mut people: Vec<Principal> = (1..=7).map(person).collect();
        people.extend([person(3), Principal::VISITOR]);
        people
    }

    fn next(&mut self, rng: &mut Rng, client: usize, _: &Replica) -> Option<Ask> {
        if client == 8 {
            return None;
        }
        let stool = rng.below(u64::from(STOOLS));
        let name = match rng.below(100) {
            0..60 => "hold",
            60..64 => "book",
            _ => "release",
        };
        Some(Ask { name, body: format!("{{\"stool\":{stool}}}") })
    }

    fn model(&self) -> Self::Model {
        [None; STOOLS as usize]
    }

    fn observe(&self, model: &mut Self::Model, entry: &Observed) -> Result<(), String> {
        for (stool, before) in (0..).zip(model.iter_mut()) {
            let value = entry.changes().find_map(|(_, change)| match change {
                Change::Set(shape, index, value) if shape == "stools" && *index == stool => {
                    Some(*value)
                }
                _ => None,
            });
            let owner = entry.changes().find_map(|(audience, change)| match change {
                Change::Put(shape, key, owner)
                    if shape == "owners" && *key == stool.to_string() =>
                {
                    Some((audience.clone(), owner.as_u64()))
                }
                _ => None,
            });
            let by = entry.by.map_or(0, |by| by.0);
            let seq = entry.seq;
            if owner.is_some() && value != Some(1) {
                return Err(format!("stool {stool} at {seq}: an owner without a hold"));
            }
            *before = match (*before, value) {
                (same, None) => same,
                (None, Some(1)) => {
                    let (audience, owner) = owner.ok_or("a hold without an owner")?;
                    let owner = owner.ok_or("an owner that is no account")?;
                    if audience != Audience::Member(AccountId(owner)) {
                        return Err(format!("stool {stool} at {seq}: shown to {audience}"));
                    }
                    let (since_ms, term) = (entry.true_ms, entry.term);
                    Some(Taken { by: owner, is_booked: false, since_ms, term })
                }
                (Some(held), Some(2)) if !held.is_booked && held.by == by => {
                    Some(Taken { is_booked: true, ..held })
                }
                (Some(held), Some(0)) if !held.is_booked && held.by == by => None,
                (Some(held), Some(0)) if !held.is_booked && entry.is_timer() => {
                    let lasted = entry.true_ms - held.since_ms;
                    if lasted < HOLD_MS && entry.term - held.term <= 3 {
                        return Err(format!("I3: stool {stool} was held for {lasted} ms"));
                    }
                    None
                }
                (before, after) => {
                    return Err(format!("stool {stool} at {seq}: {before:?} became {after:?}"));
                }
            };
        }
        for person in 1..=7 {
            if model.iter().flatten().filter(|taken| taken.by == person).count() > LIMIT {
                return Err(format!("I21: {person} has more than {LIMIT}"));
            }
        }
        Ok(())
    }

    fn justifies(&self, model: &Self::Model, asked: Asked<'_>, refusal: &Refusal) -> bool {
        let stool = asked.ask.body.bytes().find(u8::is_ascii_digit).map(|byte| byte - b'0');
        let Some(taken) = stool.and_then(|stool| model.get(usize::from(stool))) else {
            return false;
        };
        let mine = model.iter().flatten().filter(|taken| taken.by == asked.by.0);
        match refusal.code {
            "taken" => taken.is_some(),
            "limit" => taken.is_none() && mine.count() >= LIMIT,
            "not_yours" => taken.is_none_or(|taken| taken.is_booked || taken.by != asked.by.0),
            _ => false,
        }
    }
}
