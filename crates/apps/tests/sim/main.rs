//! The applications in the simulator, a few seeds of each kind: `cargo xtask sim` runs many more, in
//! release. It waits for nothing.

use houseful_apps::board::sim::Drawing;
use houseful_apps::chat::sim::Talk;
use houseful_apps::seats::sim::Sale;
use houseful_room::planted::Bug;
use houseful_room::testkit::run;

/// Each planted bug shows in at least one of so many seeds; the rarest in one of ten.
const SEEDS: u64 = 60;
/// Without a planted bug so many are run here.
const CLEAN_SEEDS: u64 = 20;

#[test]
fn nothing_is_wrong_with_the_sale() {
    for seed in 0..CLEAN_SEEDS {
        if let Err(failure) = run(Sale, seed, None) {
            panic!("{failure}");
        }
    }
}

#[test]
fn every_planted_bug_is_found_in_the_sale() {
    let is_of_rooms = |bug: &Bug| bug.home().is_none() && of_the_sale(*bug);
    let is_of_rooms = |bug: &Bug| is_of_rooms(bug) && !bug.is_between_rooms();
    must_be_found(Bug::ALL.into_iter().filter(is_of_rooms));
}

#[test]
fn every_bug_that_is_planted_in_the_sales_rules_is_found() {
    must_be_found(Bug::ALL.into_iter().filter(|bug| bug.home() == Some("seats")));
}

#[test]
fn every_planted_bug_between_rooms_is_found_in_the_sale() {
    must_be_found(Bug::ALL.into_iter().filter(|bug| bug.is_between_rooms()));
}

fn of_the_sale(bug: Bug) -> bool {
    matches!(bug.home(), None | Some("seats")) && !bug.is_of_doors()
}

fn must_be_found(bugs: impl Iterator<Item = Bug>) {
    for bug in bugs {
        let failure = (0..SEEDS).find_map(|seed| run(Sale, seed, Some(bug)).err());
        let failure = failure.unwrap_or_else(|| panic!("{bug:?} is not found in {SEEDS} seeds"));
        let text = failure.to_string();
        let again = format!("--from {} --seeds 1 --trace --bug {bug:?}", failure.seed);
        assert!(text.contains(&again), "a failure says how to see it again: {text}");
    }
}

#[test]
fn the_same_seed_of_the_sale_is_the_same_run() {
    assert_eq!(run(Sale, 3, None), run(Sale, 3, None));
}

#[test]
fn nothing_is_wrong_with_the_chat() {
    for seed in 0..CLEAN_SEEDS {
        if let Err(failure) = run(Talk::default(), seed, None) {
            panic!("{failure}");
        }
    }
}

#[test]
fn every_planted_bug_is_found_in_the_chat() {
    for bug in Bug::ALL.into_iter().filter(|bug| bug.home() == Some("chat")) {
        let found = (0..SEEDS).any(|seed| run(Talk::default(), seed, Some(bug)).is_err());
        assert!(found, "{bug:?} is not found in {SEEDS} seeds");
    }
}

#[test]
fn nothing_is_wrong_with_the_board() {
    for seed in 0..CLEAN_SEEDS {
        if let Err(failure) = run(Drawing::default(), seed, None) {
            panic!("{failure}");
        }
    }
}

#[test]
fn every_planted_bug_is_found_in_the_board() {
    for bug in Bug::ALL.into_iter().filter(|bug| bug.home() == Some("board")) {
        let found = (0..SEEDS).any(|seed| run(Drawing::default(), seed, Some(bug)).is_err());
        assert!(found, "{bug:?} is not found in {SEEDS} seeds");
    }
}
