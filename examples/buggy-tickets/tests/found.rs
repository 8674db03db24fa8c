//! The test kit finds that the counter forgets its number: in a story with a crash, and in a world of faults that
//! nobody has to think of.

use buggy_tickets::Tickets;
use houseful_room::testkit::{Ask, Asked, Change, Observed, Replica, Rng, Script, Workload, run};
use houseful_room::{AccountId, Principal, Refusal};
use std::collections::BTreeSet;

/// Three people who take numbers.
#[derive(Clone)]
struct Queue<const MENDED: bool>;

impl<const MENDED: bool> Workload for Queue<MENDED> {
    type App = Tickets<MENDED>;
    /// The numbers that were given.
    type Model = BTreeSet<String>;

    fn config(&self) -> String {
        "{}".to_owned()
    }

    fn people(&self) -> Vec<Principal> {
        let person = |account| {
            let mut person = Principal::VISITOR;
            person.account = Some(AccountId(account));
            person
        };
        (1..=3).map(person).collect()
    }

    fn next(&mut self, rng: &mut Rng, _: usize, _: &Replica) -> Option<Ask> {
        // Seldom, so that the checker's memory stays small.
        rng.percent(20).then(|| Ask { name: "take", body: "{}".to_owned() })
    }

    fn model(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn observe(&self, given: &mut BTreeSet<String>, entry: &Observed) -> Result<(), String> {
        for (_, change) in entry.changes() {
            if let Change::Put(shape, number, _) = change
                && shape == "tickets"
                && !given.insert(number.clone())
            {
                return Err(format!("number {number} is given twice"));
            }
        }
        Ok(())
    }

    fn justifies(&self, _: &BTreeSet<String>, _: Asked<'_>, _: &Refusal) -> bool {
        false
    }
}

/// What two people have, if power fails between them.
fn numbers<const MENDED: bool>() -> (u64, u64) {
    let mut script = Script::<Tickets<MENDED>>::open("{}");
    let (ann, ben) = (script.join(1), script.join(2));
    let mut take = |guest, crash| {
        if crash {
            script.crash();
            script.rejoin(guest);
        }
        script.command(guest, "take", "{}").expect("a number").as_u64().expect("a number")
    };
    (take(ann, false), take(ben, true))
}

#[test]
fn a_story_with_a_crash_shows_it() {
    assert_eq!(numbers::<false>(), (1, 1), "two people have the same number");
    assert_eq!(numbers::<true>(), (1, 2));
}

#[test]
fn the_world_of_faults_finds_it_and_says_how_to_see_it_again() {
    let failure = (0..20).find_map(|seed| run(Queue::<false>, seed, None).err());
    let failure = failure.expect("a crash that shows it").to_string();
    assert!(failure.contains("is given twice") && failure.contains("seed "), "{failure}");
}

#[test]
fn nothing_is_found_once_it_is_mended() {
    for seed in 0..20 {
        if let Err(failure) = run(Queue::<true>, seed, None) {
            panic!("{failure}");
        }
    }
}
