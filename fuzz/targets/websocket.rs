//! A client's stream: whole and in pieces it says the same, and nothing is ever longer than the limits.
#![no_main]

use houseful_wire::ws::{Decoder, Event, WsLimits};
use libfuzzer_sys::fuzz_target;

/// So small that a few bytes reach them.
const SMALL: WsLimits =
    WsLimits { message_bytes_soft_max: 40, message_bytes_hard_max: 90, fragments_max: 4 };

fuzz_target!(|data: &[u8]| {
    let [choice, stream @ ..] = data else { return };
    let limits = if choice & 1 == 0 { SMALL } else { WsLimits::DEFAULT };
    let whole = read(stream, usize::MAX, &limits);
    let pieces = read(stream, 1 + usize::from(choice >> 1) % 16, &limits);
    assert_eq!(whole, pieces);
});

fn read(stream: &[u8], piece: usize, limits: &WsLimits) -> Vec<Event<'static>> {
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    let mut copy = stream.to_vec();
    for mut rest in copy.chunks_mut(piece.min(stream.len().max(1))) {
        while !rest.is_empty() {
            let left = rest.len();
            let (used, event) = decoder.decode(rest, limits);
            assert!(used > 0 && used <= left);
            events.extend(event.map(Event::into_owned));
            rest = &mut rest[used..];
        }
    }
    let last = events.iter().position(|event| matches!(event, Event::Close(..) | Event::Fail(_)));
    assert!(last.is_none_or(|at| at + 1 == events.len()), "something after the end");
    let most = limits.message_bytes_soft_max.max(125);
    assert!(events.iter().all(|event| bytes(event) as u64 <= most));
    events
}

fn bytes(event: &Event<'_>) -> usize {
    match event {
        Event::Text(text) | Event::Close(_, text) => text.len(),
        Event::Binary(bytes) | Event::Ping(bytes) | Event::Pong(bytes) => bytes.len(),
        Event::TooLarge | Event::Fail(_) => 0,
    }
}
