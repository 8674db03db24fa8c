//! Commands to a seat sale, one a line (who, name, body): the sale stays sound whatever is asked, no handler
//! panics, and the journal reads back as what is in memory.
#![no_main]

use houseful_apps::seats::Seats;
use houseful_fuzz::{SALE, play};
use houseful_room::{AccountId, Audience};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let audiences = [Audience::All, Audience::role("staff"), Audience::Member(AccountId(11))];
    play::<Seats>(SALE, text, &audiences);
});
