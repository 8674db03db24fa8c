//! A room application that the server does not have, to make rooms of: a button that counts. It decides nothing.

use houseful::app::apps;
use houseful::apps::{App, Apps};
use houseful_room::{Caller, Cell, Limits, Read, Refusal, RoomApp, Tx, synced};

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

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Den)
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn empty(&self) -> Pushed {
        Pushed { pushed: Cell::default() }
    }

    fn open(&self, _: &mut Tx<'_, Pushed>) -> Result<(), Refusal> {
        Ok(())
    }

    fn command(&self, tx: &mut Tx<'_, Pushed>, _: &Caller, (): ()) -> Result<String, Refusal> {
        let pushed = tx.state.pushed.get().copied().unwrap_or(0) + 1;
        tx.state.pushed.set(pushed);
        Ok(pushed.to_string())
    }

    fn live(&self, _: &Pushed, _: &Caller, _: &str, value: &str) -> Result<String, Refusal> {
        Ok(value.to_owned())
    }

    fn timer(&self, _: &mut Tx<'_, Pushed>, _: &str) {}
}

/// The server's applications and these.
pub fn all_apps() -> Apps {
    let known = apps();
    let known: Vec<App> = known.iter().cloned().collect();
    Apps::new(known.into_iter().chain([App::of::<Den>()]))
}
