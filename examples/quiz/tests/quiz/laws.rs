//! The quiz under sequences that nobody thought of: proptest makes them, and shrinks one that fails to the few
//! steps that matter. After each step the kit has the room check its invariants.

use houseful_room::testkit::{Guest, Script};
use proptest::prelude::*;
use quiz::Quiz;
use serde_json::json;

/// One step of a story.
#[derive(Clone, Debug)]
enum Step {
    Command(usize, &'static str, u64),
    Pass(u64),
    Lose(usize),
    Come(usize),
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let name = prop::sample::select(vec!["host", "step_down", "ask", "answer", "answer", "reveal"]);
    prop_oneof![
        8 => (0..4usize, name, 0..3u64).prop_map(|(who, name, nth)| Step::Command(who, name, nth)),
        2 => (0..20_000u64).prop_map(Step::Pass),
        1 => (0..4usize).prop_map(Step::Lose),
        2 => (0..4usize).prop_map(Step::Come),
        1 => Just(Step::Crash),
    ]
}

fn play(script: &mut Script<Quiz>, guests: &[Guest], step: &Step) {
    match *step {
        Step::Command(who, name, nth) => {
            let no = script.copy(guests[who]).log("rounds").count() + 1;
            let body = json!({ "no": no, "choice": nth, "text": "?", "choices": ["a", "b"],
                "right": nth % 2, "seconds": 5 + nth });
            // Whether it is refused does not matter here; that nothing breaks does.
            let refused = script.command(guests[who], name, &body.to_string()).err();
            assert_ne!(refused.map(|refusal| refusal.code), Some("internal"));
        }
        Step::Pass(ms) => script.advance_ms(ms),
        Step::Lose(who) => script.lose(guests[who]),
        Step::Come(who) => script.rejoin(guests[who]),
        Step::Crash => script.crash(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn copies_agree_whatever_happens(steps in prop::collection::vec(step(), 1..60)) {
        let mut script = Script::<Quiz>::open("{}");
        let guests: Vec<Guest> = (1..=4).map(|account| script.join(account)).collect();
        for step in &steps {
            play(&mut script, &guests, step);
        }
        // Who was there all the time sees what somebody sees who comes now.
        let late = script.join(9);
        guests.iter().for_each(|guest| script.rejoin(*guest));
        let all = houseful_room::Audience::All;
        let late = script.copy(late);
        for guest in &guests {
            prop_assert_eq!(script.copy(*guest).difference(late, &all), None);
        }
    }
}
