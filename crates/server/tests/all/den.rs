//! A room application that the server does not have, to make rooms of: a button that counts. It stands in for
//! `chat` where the server has none.

use houseful::app::apps;
use houseful::apps::{App, Apps};
use houseful_room::{Caller, Cell, Limits, Read, Refusal, RoomApp, Tx, synced};

synced! {
    pub struct Pushed { pub pushed: Cell<u64> }
}

macro_rules! button {
    ($name:ident, $app:literal) => {
        pub struct $name;

        impl RoomApp for $name {
            const NAME: &'static str = $app;
            const VERSION: u32 = 1;
            type State = Pushed;
            type Command = ();
            const COMMANDS: &'static [(&'static str, Read<()>)] = &[("push", |_| Ok(()))];

            fn configure(_: &str) -> Result<Self, Refusal> {
                Ok($name)
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

            fn command(
                &self,
                tx: &mut Tx<'_, Pushed>,
                _: &Caller,
                (): (),
            ) -> Result<String, Refusal> {
                let pushed = tx.state.pushed.get().copied().unwrap_or(0) + 1;
                tx.state.pushed.set(pushed);
                Ok(pushed.to_string())
            }

            fn live(
                &self,
                _: &Pushed,
                _: &Caller,
                _: &str,
                value: &str,
            ) -> Result<String, Refusal> {
                Ok(value.to_owned())
            }

            fn timer(&self, _: &mut Tx<'_, Pushed>, _: &str) {}
        }
    };
}

button!(Den, "den");
button!(Stand, "chat");

/// The server's applications and these.
pub fn all_apps() -> Apps {
    let known = apps();
    let stand = known.get("chat").is_none().then(App::of::<Stand>);
    let known: Vec<App> = known.iter().cloned().collect();
    Apps::new(known.into_iter().chain([App::of::<Den>()]).chain(stand))
}
