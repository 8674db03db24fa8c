//! A room application with every kind of shape and of refusal, so that a client can be tried on all of them. It counts
//! how often each command was done.

use houseful_room::{
    AccountId, Admission, Audience, Caller, Cell, Grid, Limits, Log, Principal, Refusal, RoomApp,
    Rows, Tx, body, synced,
};
use serde::Deserialize;

synced! {
    pub struct Book {
        pub count: Cell<i64>,
        pub rows: Rows<String, i64>,
        pub lamps: Grid,
        pub said: Log<String>,
        pub noted: Log<String>,
        pub own: Rows<AccountId, u64>,
        pub hosts: Rows<AccountId, bool>,
        pub done: Rows<String, u64>,
    }
}

pub struct Ledger;

/// Any command's body: `n` names the command, for the count of what was done.
#[derive(Deserialize)]
pub struct Ask {
    n: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: i64,
    #[serde(default)]
    at: u32,
}

type Handler = fn(&mut Tx<'_, Book>, &Caller, &Ask) -> Result<(), Refusal>;

pub struct Do(Handler, Ask);

const HOST: &str = "host";

impl RoomApp for Ledger {
    const NAME: &'static str = "ledger";
    const VERSION: u32 = 1;
    type State = Book;
    type Command = Do;
    const COMMANDS: &'static [(&'static str, houseful_room::Read<Do>)] = &[
        ("add", |text| body(text).map(|ask| Do(add, ask))),
        ("bump", |text| body(text).map(|ask| Do(bump, ask))),
        ("put", |text| body(text).map(|ask| Do(put, ask))),
        ("hide", |text| body(text).map(|ask| Do(hide, ask))),
        ("del", |text| body(text).map(|ask| Do(del, ask))),
        ("lamp", |text| body(text).map(|ask| Do(lamp, ask))),
        ("say", |text| body(text).map(|ask| Do(say, ask))),
        ("mend", |text| body(text).map(|ask| Do(mend, ask))),
        ("raise", |text| body(text).map(|ask| Do(raise, ask))),
        ("never", |text| body(text).map(|ask| Do(never, ask))),
    ];

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Ledger)
    }

    fn limits(&self) -> Limits {
        Limits { grace_ms: 1_500, ..Limits::default() }
    }

    fn empty(&self) -> Book {
        Book {
            count: Cell::for_audience(Audience::All),
            rows: Rows::default(),
            lamps: Grid::new(32, 2),
            said: Log::default(),
            noted: Log::for_audience(Audience::role(HOST)),
            own: Rows::default(),
            hosts: Rows::default(),
            done: Rows::default(),
        }
    }

    fn open(&self, tx: &mut Tx<'_, Book>) -> Result<(), Refusal> {
        tx.state.count.set(0);
        Ok(())
    }

    fn admit(&self, state: &Book, who: &Principal) -> Admission {
        let is_host = who.account.is_some_and(|id| state.hosts.get(&id).is_some());
        Admission::Enter(if is_host { HOST } else { "guest" })
    }

    fn command(&self, tx: &mut Tx<'_, Book>, by: &Caller, asked: Do) -> Result<String, Refusal> {
        let Do(handler, ask) = asked;
        handler(tx, by, &ask)?;
        let times = tx.state.done.get(&ask.n).copied().unwrap_or(0) + 1;
        tx.state.done.put(ask.n.clone(), Audience::All, times);
        tx.state.noted.push(ask.n);
        Ok(times.to_string())
    }

    fn live(&self, _: &Book, _: &Caller, shape: &str, value: &str) -> Result<String, Refusal> {
        match shape {
            "cursor" => Ok(value.to_owned()),
            _ => Err(Refusal::new("unknown_live", "Not shown here.")),
        }
    }

    fn timer(&self, _: &mut Tx<'_, Book>, _: &str) {}
}

fn add(tx: &mut Tx<'_, Book>, _: &Caller, ask: &Ask) -> Result<(), Refusal> {
    let count = tx.state.count.get().copied().unwrap_or(0);
    tx.state.count.set(count + ask.value);
    Ok(())
}

fn bump(tx: &mut Tx<'_, Book>, by: &Caller, _: &Ask) -> Result<(), Refusal> {
    let count = tx.state.own.get(&by.account).copied().unwrap_or(0);
    tx.state.own.put(by.account, Audience::Member(by.account), count + 1);
    Ok(())
}

fn put(tx: &mut Tx<'_, Book>, _: &Caller, ask: &Ask) -> Result<(), Refusal> {
    tx.state.rows.put(ask.key.clone(), Audience::All, ask.value);
    Ok(())
}

/// The row is from now on for hosts alone.
fn hide(tx: &mut Tx<'_, Book>, _: &Caller, ask: &Ask) -> Result<(), Refusal> {
    tx.state.rows.put(ask.key.clone(), Audience::role(HOST), ask.value);
    Ok(())
}

fn del(tx: &mut Tx<'_, Book>, _: &Caller, ask: &Ask) -> Result<(), Refusal> {
    let gone = || Refusal::new("no_such_row", "There is no such row.");
    tx.state.rows.remove(&ask.key).map(|_| ()).ok_or_else(gone)
}

fn lamp(tx: &mut Tx<'_, Book>, _: &Caller, ask: &Ask) -> Result<(), Refusal> {
    let value = u8::try_from(ask.value).unwrap_or(0) % 4;
    tx.state.lamps.set(ask.at % 32, value);
    Ok(())
}

fn say(tx: &mut Tx<'_, Book>, _: &Caller, ask: &Ask) -> Result<(), Refusal> {
    tx.state.said.push(ask.n.clone());
    Ok(())
}

fn mend(tx: &mut Tx<'_, Book>, _: &Caller, ask: &Ask) -> Result<(), Refusal> {
    let is_there = tx.state.said.amend(u64::from(ask.at), ask.n.clone());
    is_there.then_some(()).ok_or_else(|| Refusal::new("no_such_row", "There is no such row."))
}

/// A host sees more: all connections of that person join again.
fn raise(tx: &mut Tx<'_, Book>, by: &Caller, _: &Ask) -> Result<(), Refusal> {
    tx.state.hosts.put(by.account, Audience::Nobody, true);
    tx.readmit(by.account, "raised");
    Ok(())
}

fn never(tx: &mut Tx<'_, Book>, _: &Caller, _: &Ask) -> Result<(), Refusal> {
    tx.state.count.set(-1);
    Err(Refusal::new("never", "This is never done."))
}
