//! The seat sale in the simulator, a few seeds of each kind: `cargo xtask sim` runs many more, in
//! release. It waits for nothing.

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
    for bug in Bug::ALL.into_iter().filter(|bug| !bug.is_of_doors()) {
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
