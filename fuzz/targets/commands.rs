//! Commands to a seat sale, one a line (who, name, body): the sale stays sound whatever is asked, no handler
//! panics, and the journal reads back as what is in memory.
#![no_main]

use houseful_fuzz::{Counted, NOW, OWNER, journal, sale};
use houseful_room::{
    AccountId, AnyRoom, Audience, Command, CommandId, Host, Input, Now, Principal, Standing,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut ids = Counted(0);
    let mut host = Host::new(Box::new(sale(journal(Vec::new(), None)).expect("a new sale")));
    let mut entries = Vec::new();
    let mut now = NOW;
    let started = host.start(now, &mut ids).expect("it starts");
    entries.extend(started.append.into_iter().flat_map(|append| append.entries));
    for (nth, line) in text.lines().take(64).enumerate() {
        let mut words = line.splitn(3, ' ');
        let [who, name, body] = [(); 3].map(|()| words.next().unwrap_or_default());
        let input = if who == "wait" {
            now = later(now, name.parse().unwrap_or(1_000));
            Input::Wake
        } else {
            let id = CommandId(uuid::Uuid::from_u128(nth as u128 + 1));
            let (name, body) = (name.into(), body.into());
            Input::Command(Command {
                ticket: nth as u64,
                id,
                term: None,
                who: person(who),
                name,
                body,
                attached: None,
            })
        };
        let decided = host.turn(now, &mut ids, [input]);
        let heads = decided.append.as_ref().map(|append| append.head());
        entries.extend(decided.append.into_iter().flat_map(|append| append.entries));
        heads.map(|head| host.committed(head));
        host.room().check().expect("a sound sale");
    }
    let bodies = entries.into_iter().map(|entry| entry.body).collect();
    let again = sale(journal(bodies, None)).expect("it reads its own journal");
    for audience in [Audience::All, Audience::role("staff"), Audience::Member(AccountId(11))] {
        assert_eq!(again.part(&audience), host.room().part(&audience));
    }
});

fn person(who: &str) -> Principal {
    let account = if who == "owner" { OWNER } else { 10 + who.len() as u64 % 3 };
    Principal::person(AccountId(account), Standing::Attendee)
}

/// At most an hour at once.
fn later(now: Now, ms: u64) -> Now {
    let ms = ms % 3_600_000;
    Now { wall: now.wall.plus_ms(ms), mono: now.mono.plus_ms(ms) }
}
