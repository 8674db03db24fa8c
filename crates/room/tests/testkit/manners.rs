//! Whatever people ask of a door, in whatever order: it answers, its state holds together, and who was there all
//! along sees what a newcomer sees.

use crate::den::{Den, OWNER, door, open, person};
use houseful_room::door::{DOOR_COMMANDS, Visibility};
use houseful_room::testkit::{Guest, Script};
use houseful_room::{Audience, Principal, Refusal};
use proptest::prelude::*;
use std::collections::BTreeMap;

const PEOPLE: u64 = 6;
const HASH: &str = "aa";

/// Something that somebody does.
#[derive(Clone, Debug)]
enum Deed {
    Comes(u64),
    Goes(u64),
    Asks(u64, &'static str, String),
    Waits(u64),
    Crash,
}

fn bodies() -> impl Strategy<Value = String> {
    let account = (0..=PEOPLE).prop_map(|account| format!("{{\"account\":{account}}}"));
    let plain = [
        "{}",
        "null",
        "[]",
        "{\"account\":2,\"role\":\"moderator\"}",
        "{\"account\":3,\"role\":\"owner\"}",
        "{\"title\":\"Elsewhere\"}",
        "{\"title\":7}",
        "{\"locked\":true}",
        "{\"locked\":false}",
        "{\"maximum\":2}",
        "{\"maximum\":null,\"minimum\":3}",
        "{\"visibility\":\"private\"}",
        "{\"visibility\":\"public\"}",
        "{\"inMs\":5000}",
        "{\"token\":\"guess\"}",
    ];
    let hash = Just(format!("{{\"hash\":\"{}\",\"uses\":2}}", HASH.repeat(32)));
    let plain = prop::sample::select(plain.to_vec()).prop_map(str::to_owned);
    prop_oneof![3 => account, 4 => plain, 1 => hash]
}

fn deeds() -> impl Strategy<Value = Deed> {
    let who = || 1..=PEOPLE;
    let name = prop::sample::select(DOOR_COMMANDS.to_vec());
    // Nobody closes the room for good: little would happen after it.
    let name = name.prop_filter("for good", |name| *name != "room.close");
    prop_oneof![
        3 => who().prop_map(Deed::Comes),
        2 => who().prop_map(Deed::Goes),
        6 => (prop_oneof![Just(OWNER), who()], name, bodies())
            .prop_map(|(who, name, body)| Deed::Asks(who, name, body)),
        1 => (1u64..40_000).prop_map(Deed::Waits),
        1 => Just(Deed::Crash),
    ]
}

fn does(script: &mut Script<Den>, windows: &mut BTreeMap<u64, Guest>, deed: Deed) {
    match deed {
        Deed::Comes(who) => {
            let guest = windows.entry(who).or_insert_with(|| script.stand_outside(person(who)));
            script.rejoin(*guest);
        }
        Deed::Goes(who) => {
            if let Some(guest) = windows.get(&who) {
                script.lose(*guest);
            }
        }
        Deed::Asks(who, name, body) => {
            let guest = *windows.entry(who).or_insert_with(|| script.stand_outside(person(who)));
            if let Err(Refusal { code, message, .. }) = script.command(guest, name, &body) {
                assert_ne!(code, "internal", "{name} {body}: {message}");
            }
        }
        Deed::Waits(ms) => script.advance_ms(ms),
        Deed::Crash => script.crash(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_door_holds_together_and_a_newcomer_sees_what_others_see(
        is_private in any::<bool>(),
        deeds in prop::collection::vec(deeds(), 1..60),
    ) {
        let mut door = door();
        door.maximum = Some(3);
        door.keeps_comings = true;
        if is_private {
            door.visibility = Visibility::Private;
        }
        let mut script = open(&door);
        let old = script.join(OWNER);
        let mut windows = BTreeMap::new();
        for deed in deeds {
            let is_crash = matches!(deed, Deed::Crash);
            does(&mut script, &mut windows, deed);
            if is_crash {
                script.rejoin(old);
            }
        }
        let new = script.join(OWNER);
        let inside = ["group:room.inside", "group:room.keepers", "role:owner", "member:1", "all"];
        for audience in inside.iter().filter_map(|text| Audience::parse(text)) {
            let differs = script.copy(old).difference(script.copy(new), &audience);
            prop_assert_eq!(differs, None);
        }
        let visitor = script.join_as(Principal::VISITOR);
        let seen: Vec<Audience> = script.copy(visitor).audiences().cloned().collect();
        prop_assert!(seen.iter().all(|audience| !audience.to_string().starts_with("group:")));
    }
}
