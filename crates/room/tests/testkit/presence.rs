//! Who is in a room when it fills: a roster up to 200 members, above that a number, and back.

use crate::kiosk::Kiosk;
use houseful_room::Audience;
use houseful_room::testkit::{Guest, Script};

/// How many members the public part names.
fn named(script: &Script<Kiosk>) -> usize {
    script.host().room().part(&Audience::All).matches("\"state\":\"here\"").count()
}

#[test]
fn above_200_members_only_their_number_is_known() {
    let mut script = Script::<Kiosk>::open("{}");
    let mut guests: Vec<Guest> = (1..=200).map(|account| script.join(account)).collect();
    assert_eq!(named(&script), 200);
    // The same person once more is no further member.
    guests.push(script.join(1));
    assert_eq!(named(&script), 200);
    guests.push(script.join(201));
    assert_eq!((named(&script), script.host().room().headcount().here), (0, 201));
    let head = script.host().room().seq();
    guests.push(script.join(202));
    assert_eq!(script.host().room().seq(), head, "who comes to a counted room makes no entry");

    // It flutters at no border: it is a roster again when half of them are gone.
    while script.host().room().headcount().here > 100 {
        script.leave(guests.pop().expect("somebody is left"));
        assert_eq!(named(&script), 0);
    }
    script.leave(guests.pop().expect("somebody is left"));
    assert_eq!((named(&script), script.host().room().headcount().here), (99, 99));
}
