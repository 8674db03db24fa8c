//! What is news of an event: its facts as they are beside what its followers were told last. Pure.

use super::about::{About, Was};
use super::kind::Kind;
use crate::store::{Facts, News, Told};

/// Where an event is in its life, as far as its followers are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Nobody is told anything.
    Hidden,
    /// It takes place.
    On,
    /// It does not.
    Off,
}

/// The one place that reads a status.
fn life(facts: Option<&Facts>) -> Life {
    match facts.map(|facts| facts.status.as_str()) {
        Some("published") => Life::On,
        Some("cancelled") => Life::Off,
        _ => Life::Hidden,
    }
}

/// What is to be told, and what is known from then on.
pub(super) fn news(before: Option<&Told>, facts: Facts, now: i64) -> News {
    let was = before.map(|told| &told.facts);
    let kind = kind(was, &facts).filter(|_| is_to_come(was, &facts, now));
    let revision = before.map_or(0, |told| told.revision + 1);
    let is_moved = matches!(kind, Some(Kind::Published | Kind::Rescheduled));
    let moved_at = if is_moved { now } else { before.map_or(0, |told| told.moved_at) };
    let was = was.filter(|_| kind != Some(Kind::Published)).map(Was::of);
    let about = About { was, revision: Some(revision), ..About::event(&facts) };
    let kind = kind.map(|kind| kind.as_str().to_owned());
    let (told, data) = (Told { facts, revision, moved_at }, about.to_text());
    News { told, kind, data, begun_at: now }
}

fn kind(was: Option<&Facts>, is: &Facts) -> Option<Kind> {
    match (life(was), life(Some(is))) {
        (Life::Hidden, Life::On) => Some(Kind::Published),
        (Life::On, Life::Off) => Some(Kind::Cancelled),
        (Life::On, Life::On) => {
            let was = was?;
            if (was.starts_at, &was.time_zone) != (is.starts_at, &is.time_zone) {
                return Some(Kind::Rescheduled);
            }
            ((&was.title, &was.place) != (&is.title, &is.place)).then_some(Kind::Changed)
        }
        _ => None,
    }
}

/// Nobody is told of what is over.
fn is_to_come(was: Option<&Facts>, is: &Facts, now: i64) -> bool {
    is.starts_at > now || was.is_some_and(|was| was.starts_at > now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use houseful_room::AccountId;

    fn facts(status: &str) -> Facts {
        Facts {
            event: 7,
            owner: AccountId(1),
            title: "Hamlet".into(),
            place: "Elsinore".into(),
            starts_at: 1_000,
            time_zone: "UTC".into(),
            status: status.into(),
            reason: None,
            revision: None,
        }
    }

    fn told(facts: Facts) -> Told {
        Told { facts, revision: 3, moved_at: 5 }
    }

    fn kind_of(before: Facts, now: Facts) -> Option<String> {
        news(Some(&told(before)), now, 10).kind
    }

    #[test]
    fn followers_are_told_what_matters_to_them() {
        let is = |kind: Kind| Some(kind.as_str().to_owned());
        assert_eq!(news(None, facts("published"), 10).kind, is(Kind::Published));
        assert_eq!(kind_of(facts("draft"), facts("published")), is(Kind::Published));
        assert_eq!(kind_of(facts("published"), facts("cancelled")), is(Kind::Cancelled));
        let later = Facts { starts_at: 2_000, ..facts("published") };
        assert_eq!(kind_of(facts("published"), later), is(Kind::Rescheduled));
        let elsewhere = Facts { place: "Helsingør".into(), ..facts("published") };
        assert_eq!(kind_of(facts("published"), elsewhere), is(Kind::Changed));
    }

    #[test]
    fn nobody_is_told_of_drafts_or_of_what_is_over() {
        let later = Facts { starts_at: 2_000, ..facts("draft") };
        assert_eq!(kind_of(facts("draft"), later), None);
        assert_eq!(kind_of(facts("draft"), facts("cancelled")), None);
        assert_eq!(kind_of(facts("published"), facts("draft")), None);
        let over = news(Some(&told(facts("published"))), facts("cancelled"), 1_000);
        assert_eq!((over.kind, over.told.revision), (None, 4));
        assert_eq!(news(None, facts("draft"), 10).kind, None);
    }

    #[test]
    fn a_move_is_remembered_and_a_new_name_is_no_move() {
        let later = Facts { starts_at: 2_000, ..facts("published") };
        let moved = news(Some(&told(facts("published"))), later, 10);
        assert_eq!((moved.told.moved_at, moved.told.revision), (10, 4));
        let about = About::read(&moved.data);
        assert_eq!(about.was.unwrap().starts_at, "1970-01-01T00:00:01Z");
        let renamed = Facts { title: "Othello".into(), ..facts("published") };
        assert_eq!(news(Some(&told(facts("published"))), renamed, 10).told.moved_at, 5);
    }
}
