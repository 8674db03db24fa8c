//! The shapes of a board, as PROTOCOL.md has them, and what is kept besides for the rules. Sums are kept with
//! every write, so that no command has to count.

use super::deeds::Deed;
use super::item::Item;
use houseful_room::{Audience, Cell, Rows, synced};
use serde::{Deserialize, Serialize};

synced! {
    /// A board.
    pub struct BoardState {
        /// What is on it, by the id that who put it there gave it.
        pub items: Rows<String, Item>,
        /// What can be undone or done again, by number. Nobody sees it.
        pub deeds: Rows<u64, Deed>,
        /// Sums over both. Nobody sees it.
        pub sums: Cell<Sums>,
    }
}

/// Sums over items and deeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    /// The highest `z` that ever was.
    pub top: u64,
    /// Bytes of all items.
    pub bytes: u64,
    /// The number of the last deed.
    pub deed: u64,
    /// Bytes of all deeds.
    pub deed_bytes: u64,
}

impl BoardState {
    pub(super) fn new() -> Self {
        let sums = Cell::for_audience(Audience::Nobody);
        BoardState { items: Rows::default(), deeds: Rows::default(), sums }
    }

    pub(super) fn sums(&self) -> Sums {
        self.sums.get().copied().unwrap_or_default()
    }

    fn sum(&mut self, change: impl FnOnce(&mut Sums)) {
        let mut sums = self.sums();
        change(&mut sums);
        self.sums.set(sums);
    }

    /// Writes an item, over what has its id.
    pub(super) fn put(&mut self, id: &str, item: Item) {
        let was = self.items.get(&id.to_owned()).map_or(0, |was| was.bytes(id));
        let is = item.bytes(id);
        self.items.put(id.to_owned(), Audience::All, item);
        self.sum(|sums| sums.bytes = sums.bytes + is - was);
    }

    /// Takes an item away.
    pub(super) fn take(&mut self, id: &str) -> Option<Item> {
        let item = self.items.remove(&id.to_owned())?;
        self.sum(|sums| sums.bytes -= item.bytes(id));
        Some(item)
    }

    /// A place above all others.
    pub(super) fn next_z(&mut self) -> u64 {
        self.sum(|sums| sums.top += 1);
        self.sums().top
    }

    /// Writes down a deed under the next number.
    pub(super) fn push_deed(&mut self, deed: Deed) -> u64 {
        self.sum(|sums| sums.deed += 1);
        let no = self.sums().deed;
        self.put_deed(no, deed);
        no
    }

    /// Writes over a deed.
    pub(super) fn put_deed(&mut self, no: u64, deed: Deed) {
        let was = self.deeds.get(&no).map_or(0, Deed::bytes);
        let is = deed.bytes();
        self.deeds.put(no, Audience::Nobody, deed);
        self.sum(|sums| sums.deed_bytes = sums.deed_bytes + is - was);
    }

    /// Forgets a deed.
    pub(super) fn take_deed(&mut self, no: u64) {
        if let Some(deed) = self.deeds.remove(&no) {
            self.sum(|sums| sums.deed_bytes -= deed.bytes());
        }
    }
}
