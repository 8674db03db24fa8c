//! Numbered tickets, as at a counter: whoever asks gets the next number. It has a mistake, to show that the test kit
//! finds it: the next number is kept outside of the shapes, so a crash forgets it. No example to follow.

use houseful_room::{
    AccountId, Admission, Audience, Caller, Cell, Limits, Principal, Read, Refusal, RoomApp, Rows,
    Tx, synced,
};
use std::sync::atomic::{AtomicU64, Ordering};

synced! {
    /// The shapes.
    pub struct Counter {
        /// The last number that was given.
        pub last: Cell<u64>,
        /// Who has which number.
        pub tickets: Rows<u64, AccountId>,
    }
}

/// The counter: with the mistake, or with it mended.
pub struct Tickets<const MENDED: bool> {
    /// The mistake: this is no shape. It is not in the journal, no refusal takes it back, no recovery reads it.
    last: AtomicU64,
}

/// The only command: a number, please.
pub struct Take;

impl<const MENDED: bool> RoomApp for Tickets<MENDED> {
    const NAME: &'static str = "tickets";
    const VERSION: u32 = 1;
    type State = Counter;
    type Command = Take;
    const COMMANDS: &'static [(&'static str, Read<Take>)] = &[("take", |_| Ok(Take))];

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Tickets { last: AtomicU64::new(0) })
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn empty(&self) -> Counter {
        Counter { last: Cell::default(), tickets: Rows::default() }
    }

    fn open(&self, tx: &mut Tx<'_, Counter>) -> Result<(), Refusal> {
        tx.state.last.set(0);
        Ok(())
    }

    fn admit(&self, _: &Counter, _: &Principal) -> Admission {
        Admission::Enter("guest")
    }

    fn command(&self, tx: &mut Tx<'_, Counter>, by: &Caller, _: Take) -> Result<String, Refusal> {
        let number = if MENDED {
            tx.state.last.get().copied().unwrap_or_default() + 1
        } else {
            self.last.fetch_add(1, Ordering::Relaxed) + 1
        };
        tx.state.last.set(number);
        tx.state.tickets.put(number, Audience::All, by.account);
        Ok(number.to_string())
    }

    fn timer(&self, _: &mut Tx<'_, Counter>, _: &str) {}
}
