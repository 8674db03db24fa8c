//! The test kit finds that chance decides the raffle from outside: the same seed is not the same run.

use buggy_raffle::Raffle;
use houseful_room::testkit::{Ask, Asked, Observed, Replica, Rng, Workload, same_again};
use houseful_room::{AccountId, Principal, Refusal};

/// Six people who enter and draw.
#[derive(Clone)]
struct Fair<const MENDED: bool>;

impl<const MENDED: bool> Workload for Fair<MENDED> {
    type App = Raffle<MENDED>;
    /// Whether anybody has entered.
    type Model = bool;

    fn config(&self) -> String {
        "{}".to_owned()
    }

    fn people(&self) -> Vec<Principal> {
        let person = |account| {
            let mut person = Principal::VISITOR;
            person.account = Some(AccountId(account));
            person
        };
        (1..=6).map(person).collect()
    }

    fn next(&mut self, rng: &mut Rng, _: usize, _: &Replica) -> Option<Ask> {
        let name = if rng.percent(50) { "enter" } else { "draw" };
        Some(Ask { name, body: "{}".to_owned() })
    }

    fn model(&self) -> bool {
        false
    }

    fn observe(&self, has_entered: &mut bool, entry: &Observed) -> Result<(), String> {
        *has_entered |= entry.did == "enter";
        Ok(())
    }

    fn justifies(&self, has_entered: &bool, asked: Asked<'_>, refusal: &Refusal) -> bool {
        (asked.ask.name, refusal.code, has_entered) == ("draw", "empty", &false)
    }
}

#[test]
fn a_seed_that_is_run_twice_shows_it() {
    let failure = same_again(Fair::<false>, 1).expect_err("chance is not in the room");
    assert_eq!(failure.violation.rule, "replay", "{failure}");
}

#[test]
fn nothing_is_found_once_it_is_mended() {
    for seed in 0..10 {
        if let Err(failure) = same_again(Fair::<true>, seed) {
            panic!("{failure}");
        }
    }
}
