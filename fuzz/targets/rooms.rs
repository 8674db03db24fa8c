//! Commands to a chat and to a whiteboard, one a line (who, name, body), the same to both: they stay sound whatever
//! is asked, no handler panics, and their journals read back as what is in memory.
#![no_main]

use houseful_apps::board::Board;
use houseful_apps::chat::Chat;
use houseful_fuzz::{ROOM, play};
use houseful_room::{AccountId, Audience};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let keepers = Audience::Group("keepers".into());
    let audiences = [Audience::All, keepers, Audience::Member(AccountId(11))];
    play::<Chat>(ROOM, text, &audiences);
    play::<Board>(ROOM, text, &audiences);
});
