//! The test kit finds that a vote is no secret: two worlds that differ in one person's vote are told apart by another.

use buggy_ballot::Ballot;
use houseful_room::testkit::{Guest, Script, Violation, same_for};

/// Ann votes, one way or the other; Ben was there, Cat comes later. Answers whom of them to ask.
fn an_evening<const MENDED: bool>(is_late: bool) -> Result<(), Violation> {
    same_for("{}", |script: &mut Script<Ballot<MENDED>>, yes| -> Guest {
        let (ann, ben) = (script.join(1), script.join(2));
        script.command(ann, "vote", &format!("{{\"yes\":{yes}}}")).expect("her vote");
        script.command(ben, "vote", "{\"yes\":true}").expect("his vote");
        let cat = script.join(3);
        if is_late { cat } else { ben }
    })
}

#[test]
fn the_leak_test_finds_it() {
    for is_late in [false, true] {
        let violation = an_evening::<false>(is_late).expect_err("everyone sees it");
        assert_eq!(violation.rule, "leak");
        assert!(violation.text.contains("votes"), "{violation:?}");
    }
}

#[test]
fn nothing_is_found_once_it_is_mended() {
    assert_eq!(an_evening::<true>(false), Ok(()));
    assert_eq!(an_evening::<true>(true), Ok(()));
}
