//! What must be the same twice: a seed's run, and what somebody hears of two worlds that differ in a secret. It
//! compares, and knows no rule of any application.

use super::{Failure, Guest, Report, Script, Violation, Workload, run};
use crate::RoomApp;

/// Runs one seed twice. A run is a function of its seed, so two that differ are a failure: something was decided by
/// what is not in the room, such as a clock, the order of a hash map, or a static.
pub fn same_again<W: Workload>(work: W, seed: u64) -> Result<Report, Failure> {
    let (first, second) = (run(work.clone(), seed, None)?, run(work, seed, None)?);
    if first == second {
        return Ok(first);
    }
    let text = format!("the same seed is not the same run: {first:?} and {second:?}");
    let violation = Violation::new("replay", text);
    Err(Failure { app: W::App::NAME, seed, bug: None, at_ms: 0, violation })
}

/// The leak test. Plays a story in two worlds, one without the secret and one with it, and compares all that one of
/// the people in it heard: the one whom the story answers. What they hear must not depend on what they may not know.
///
/// The stories must have as many steps, for times and ids come from the steps before.
pub fn same_for<A: RoomApp>(
    config: &str,
    story: impl Fn(&mut Script<A>, bool) -> Guest,
) -> Result<(), Violation> {
    let heard = |secret| {
        let mut script = Script::<A>::open(config);
        let viewer = story(&mut script, secret);
        script.heard(viewer).to_vec()
    };
    let (without, with) = (heard(false), heard(true));
    let lines = without.len().max(with.len());
    let nothing = "nothing".to_owned();
    for nth in 0..lines {
        let (one, other) =
            (without.get(nth).unwrap_or(&nothing), with.get(nth).unwrap_or(&nothing));
        if one != other {
            return Err(Violation::new("leak", format!("{other}, where otherwise {one}")));
        }
    }
    Ok(())
}
