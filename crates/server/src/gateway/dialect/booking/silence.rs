//! When a silent client is asked for a sign of life, and when it is given up. Pure: it is told the time.

use crate::limits;
use std::time::Duration;
use tokio::time::Instant;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing before this moment.
    Wait(Instant),
    /// Ask now.
    Ask,
    /// It is gone.
    GiveUp,
}

/// What is due for a client that was last heard, and last asked, then.
pub(super) fn due(now: Instant, heard: Instant, asked: Option<Instant>) -> Due {
    let ask = heard + Duration::from_millis(limits::BOOKING_PING_MS);
    let end = heard + Duration::from_millis(limits::BOOKING_SILENCE_MS_MAX);
    let is_asked = asked.is_some_and(|asked| asked >= heard);
    match is_asked {
        true if now >= end => Due::GiveUp,
        true => Due::Wait(end),
        false if now >= ask => Due::Ask,
        false => Due::Wait(ask),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_silent_client_is_asked_once_and_then_given_up() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        assert_eq!(due(at(99_999), start, None), Due::Wait(at(100_000)));
        assert_eq!(due(at(100_000), start, None), Due::Ask);
        let asked = Some(at(100_000));
        assert_eq!(due(at(100_001), start, asked), Due::Wait(at(118_000)));
        assert_eq!(due(at(118_000), start, asked), Due::GiveUp);
        assert_eq!(due(at(118_000), at(100_050), asked), Due::Wait(at(200_050)), "it answered");
    }
}
