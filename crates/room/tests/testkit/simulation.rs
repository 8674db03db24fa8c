//! The simulator on a small application: it finds nothing in the framework as it is, and every bug that
//! is planted in it.

use crate::kiosk::Crowd;
use crate::porch::Porch;
use houseful_room::planted::Bug;
use houseful_room::testkit::{run, trace};

/// Each planted bug shows in at least one of so many seeds.
const SEEDS: u64 = 40;

#[test]
fn nothing_is_wrong_without_a_planted_bug() {
    for seed in 0..SEEDS {
        if let Err(failure) = run(Crowd, seed, None) {
            panic!("{failure}");
        }
    }
}

#[test]
fn every_planted_bug_is_found() {
    let is_ours = |bug: &Bug| bug.home().is_none() && !bug.is_of_doors();
    for bug in Bug::ALL.into_iter().filter(is_ours) {
        let found = (0..SEEDS).any(|seed| run(Crowd, seed, Some(bug)).is_err());
        assert!(found, "{bug:?} was not found in {SEEDS} seeds");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let (first, lines) = trace(Crowd, 7, None);
    let (second, again) = trace(Crowd, 7, None);
    assert_eq!(first, second);
    assert_eq!(lines, again);
    assert_ne!(first, trace(Crowd, 8, None).0);
}

#[test]
fn nothing_is_wrong_at_a_door() {
    for seed in 0..SEEDS {
        if let Err(failure) = run(Porch, seed, None) {
            panic!("{failure}");
        }
    }
}

#[test]
fn every_bug_that_is_planted_in_a_door_is_found() {
    for bug in Bug::ALL.into_iter().filter(|bug| bug.is_of_doors()) {
        let found = (0..SEEDS).any(|seed| run(Porch, seed, Some(bug)).is_err());
        assert!(found, "{bug:?} was not found in {SEEDS} seeds");
    }
}

#[test]
fn a_door_is_used_in_all_its_ways() {
    let lines: Vec<String> = (0..SEEDS).flat_map(|seed| trace(Porch, seed, None).1).collect();
    for way in [
        "\"do\":\"room.redeem\"",
        "\"do\":\"room.wait\"",
        "\"place\":0",
        "\"do\":\"room.ban\"",
        "\"do\":\"room.uninvite\"",
        "\"kind\":\"started\"",
    ] {
        let is_it = |line: &&String| line.contains("durable ") && line.contains(way);
        assert!(lines.iter().any(|line| is_it(&line)), "{way} never happened");
    }
}
