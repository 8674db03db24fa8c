//! A room with a door and next to nothing behind it: people push a button, and it counts.

use houseful_room::door::{DoorConfig, Visibility, config};
use houseful_room::testkit::{Guest, Script};
use houseful_room::{
    AccountId, Caller, Cell, Limits, Principal, Read, Refusal, RoomApp, Standing, Tx, synced,
};

synced! {
    pub struct Pushed { pub pushed: Cell<u64> }
}

pub struct Den;

impl RoomApp for Den {
    const NAME: &'static str = "den";
    const VERSION: u32 = 1;
    type State = Pushed;
    type Command = ();
    const COMMANDS: &'static [(&'static str, Read<()>)] = &[("push", |_| Ok(()))];

    fn configure(text: &str) -> Result<Self, Refusal> {
        assert!(text.ends_with("\"app\":{}}"), "its own part is there: {text}");
        Ok(Den)
    }

    fn limits(&self) -> Limits {
        Limits { grace_ms: 10_000, ..Limits::default() }
    }

    fn empty(&self) -> Pushed {
        Pushed { pushed: Cell::default() }
    }

    fn open(&self, _: &mut Tx<'_, Pushed>) -> Result<(), Refusal> {
        Ok(())
    }

    fn command(&self, tx: &mut Tx<'_, Pushed>, _: &Caller, _: ()) -> Result<String, Refusal> {
        let pushed = tx.state.pushed.get().copied().unwrap_or(0) + 1;
        tx.state.pushed.set(pushed);
        Ok(pushed.to_string())
    }

    fn live(&self, _: &Pushed, _: &Caller, _: &str, value: &str) -> Result<String, Refusal> {
        Ok(value.to_owned())
    }

    fn timer(&self, _: &mut Tx<'_, Pushed>, _: &str) {}
}

/// Whose the room is.
pub const OWNER: u64 = 1;

/// A public room of Ann's without bounds.
pub fn door() -> DoorConfig {
    DoorConfig {
        path: "rooms/den".into(),
        title: "Den".into(),
        visibility: Visibility::Public,
        minimum: 1,
        maximum: None,
        locked: false,
        keeps_comings: false,
        owner: AccountId(OWNER),
        parent: None,
        event: None,
    }
}

/// A room behind this door.
pub fn open(door: &DoorConfig) -> Script<Den> {
    Script::open(&config(door, "{}"))
}

pub fn person(account: u64) -> Principal {
    Principal::person(AccountId(account), Standing::Attendee)
}

/// Why somebody was not let in, or `"in"`.
pub fn at_the_door(script: &Script<Den>, guest: Guest) -> &'static str {
    script.refused_at_the_door(guest).map_or("in", |refusal| refusal.code)
}

/// Asks for something; `"ok"`, or the code of the refusal.
pub fn ask(script: &mut Script<Den>, guest: Guest, name: &str, body: &str) -> &'static str {
    script.command(guest, name, body).map_or_else(|refusal| refusal.code, |_| "ok")
}

/// Where the room is in its life, as somebody sees it.
pub fn phase(script: &Script<Den>, guest: Guest) -> String {
    fact(script, guest, "phase")
}

/// A fact of the door as text, as somebody sees it; empty if they do not.
pub fn fact(script: &Script<Den>, guest: Guest, name: &str) -> String {
    let value = script.copy(guest).cell("door").and_then(|door| door.get(name));
    value.and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

/// The kinds of the notices that somebody sees.
pub fn notices(script: &Script<Den>, guest: Guest) -> Vec<String> {
    let kind = |value: &serde_json::Value| value["kind"].as_str().unwrap_or_default().to_owned();
    script.copy(guest).log("notices").map(|(_, value)| kind(value)).collect()
}
