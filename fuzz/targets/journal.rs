//! Any bytes as a journal: one entry a line, a snapshot in the first line behind `snapshot `. It is read or
//! refused; what is read is a room, and so is every beginning of it.
#![no_main]

use houseful_fuzz::{Counted, NOW, journal, sale};
use houseful_room::{AnyRoom, Audience, Host};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n').peekable();
    let snapshot = lines.peek().and_then(|line| line.strip_prefix(b"snapshot "));
    let snapshot = snapshot.map(|body| (3, Arc::from(body)));
    if snapshot.is_some() {
        lines.next();
    }
    let entries: Vec<Arc<[u8]>> = lines.take(64).map(Arc::from).collect();
    let Ok(room) = sale(journal(entries.clone(), snapshot.clone())) else { return };
    let half = entries[..entries.len() / 2].to_vec();
    assert!(sale(journal(half, snapshot)).is_ok(), "a beginning of a good journal");
    for audience in [Audience::All, Audience::role("staff")] {
        let part = room.part(&audience);
        serde_json::from_str::<&serde_json::value::RawValue>(&part).expect("a part is JSON");
    }
    // It may be a state that no sale comes to; then saying so is enough.
    if room.check().is_ok() {
        let _ = Host::new(Box::new(room)).start(NOW, &mut Counted(0));
    }
});
