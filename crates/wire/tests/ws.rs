//! The WebSocket decoder against streams that are right, wrong, and cut anywhere.

use houseful_wire::ws::{
    Decoder, Event, Failure, Opcode, WsLimits, apply_mask, encode_close, encode_frame,
    encode_header,
};
use proptest::prelude::*;

const LIMITS: WsLimits =
    WsLimits { message_bytes_soft_max: 300, message_bytes_hard_max: 2_000, fragments_max: 5 };

/// A client's frame: first byte, payload, always masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let header = encode_header(Opcode::Text, payload.len());
    let mut out = header.to_vec();
    out[0] = first;
    out[1] |= 0x80;
    out.extend_from_slice(&mask);
    let at = out.len();
    out.extend_from_slice(payload);
    apply_mask(&mut out[at..], mask, 0);
    out
}

const FIN: u8 = 0x80;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Feeds chunks whose sizes repeat, and answers the events; asserts progress all the way.
fn feed(decoder: &mut Decoder, stream: &[u8], sizes: &[usize]) -> Vec<Event<'static>> {
    let (mut events, mut at, mut turn) = (Vec::new(), 0, 0);
    while at < stream.len() {
        let size = sizes[turn % sizes.len()].max(1).min(stream.len() - at);
        let mut chunk = stream[at..at + size].to_vec();
        let mut used = 0;
        while used < size {
            let (taken, event) = decoder.decode(&mut chunk[used..], &LIMITS);
            assert!(taken > 0, "no progress");
            used += taken;
            match event {
                Some(event) => events.push(event.into_owned()),
                None => assert_eq!(used, size, "took less than all without an event"),
            }
        }
        assert_eq!(used, size);
        at += size;
        turn += 1;
    }
    events
}

/// The events of a stream, the same whole, in halves and byte by byte.
fn events(frames: &[Vec<u8>]) -> Vec<Event<'static>> {
    let stream = frames.concat();
    let whole = feed(&mut Decoder::new(), &stream, &[usize::MAX]);
    for sizes in [[1].as_slice(), &[2], &[3, 7], &[stream.len() / 2 + 1]] {
        assert_eq!(feed(&mut Decoder::new(), &stream, sizes), whole, "chunks of {sizes:?}");
    }
    whole
}

fn text(text: &str) -> Event<'static> {
    Event::Text(text.to_owned().into())
}

fn fails_with(frames: &[Vec<u8>], code: u16) {
    match events(frames).last() {
        Some(Event::Fail(Failure { code: ours, reason })) => assert_eq!(*ours, code, "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages_pings_and_pongs_come_out_in_order() {
    let stream = [
        frame(FIN | TEXT, b"one"),
        frame(FIN | PING, b"p"),
        frame(FIN | BINARY, &[0, 255]),
        frame(FIN | PONG, b""),
        frame(FIN | TEXT, b""),
        frame(FIN | TEXT, "h\u{e9}\u{1f600}".as_bytes()),
        frame(FIN | TEXT, "x".repeat(200).as_bytes()),
    ];
    let expected = [
        text("one"),
        Event::Ping(b"p".into()),
        Event::Binary(vec![0, 255].into()),
        Event::Pong(b"".into()),
        text(""),
        text("h\u{e9}\u{1f600}"),
        text(&"x".repeat(200)),
    ];
    assert_eq!(events(&stream), expected);
}

#[test]
fn a_fragmented_message_lets_control_frames_through() {
    let stream = [
        frame(TEXT, "a\u{1f600}".as_bytes().split_at(3).0),
        frame(FIN | PING, b"now"),
        frame(0, "a\u{1f600}".as_bytes().split_at(3).1),
        frame(0, b""),
        frame(FIN, b"z"),
        frame(FIN | TEXT, b"next"),
    ];
    let expected = [Event::Ping(b"now".into()), text("a\u{1f600}z"), text("next")];
    assert_eq!(events(&stream), expected);
}

#[test]
fn an_idle_connection_keeps_nothing() {
    assert!(size_of::<Decoder>() <= 16);
    let mut decoder = Decoder::new();
    let stream = [frame(TEXT, b"a"), frame(FIN | PING, b"p"), frame(FIN, b"b")].concat();
    for (index, byte) in stream.iter().enumerate() {
        feed(&mut decoder, &[*byte], &[1]);
        assert_eq!(decoder.is_idle(), index + 1 == stream.len());
    }
}

#[test]
fn a_whole_message_is_lent_from_the_read_buffer() {
    let mut input = frame(FIN | TEXT, b"lent");
    let mut decoder = Decoder::new();
    let (_, event) = decoder.decode(&mut input, &LIMITS);
    assert!(matches!(event, Some(Event::Text(std::borrow::Cow::Borrowed("lent")))));
    assert!(decoder.is_idle());
}

#[test]
fn r30_a_message_over_the_soft_limit_is_skipped_and_over_the_hard_one_fails() {
    let limit = vec![b'x'; 300];
    let too_large = vec![b'x'; 301];
    assert!(matches!(events(&[frame(FIN | TEXT, &limit)])[..], [Event::Text(_)]));
    let skipped = [frame(FIN | TEXT, &too_large), frame(FIN | TEXT, b"alive")];
    assert_eq!(events(&skipped), [Event::TooLarge, text("alive")]);
    let in_fragments = [
        frame(BINARY, &limit),
        frame(FIN | PING, b""),
        frame(0, b"x"),
        frame(FIN, b""),
        frame(FIN | TEXT, b"alive"),
    ];
    assert_eq!(events(&in_fragments), [Event::Ping(b"".into()), Event::TooLarge, text("alive")]);
    let nearly = [frame(TEXT, &vec![b'x'; 1_999]), frame(FIN, b"x")];
    assert_eq!(events(&nearly), [Event::TooLarge]);
    fails_with(&[frame(TEXT, &vec![b'x'; 2_000]), frame(FIN, b"x")], 1009);
    fails_with(&[frame(FIN | TEXT, &vec![b'x'; 2_001])], 1009);
}

#[test]
fn too_large_is_announced_by_the_header_alone() {
    let mut header = frame(FIN | TEXT, &[b'x'; 2_001]);
    header.truncate(8);
    fails_with(&[header], 1009);
}

#[test]
fn fragments_are_counted_even_if_empty() {
    let with = |count: usize| {
        let mut frames = vec![frame(TEXT, b"")];
        frames.extend(vec![frame(0, b""); count - 2]);
        frames.push(frame(FIN, b""));
        frames
    };
    assert_eq!(events(&with(5)), [text("")]);
    fails_with(&with(6), 1008);
}

#[test]
fn what_the_rfc_forbids_fails() {
    let mut unmasked = Vec::new();
    encode_frame(Opcode::Text, b"x", &mut unmasked);
    fails_with(&[unmasked], 1002);
    for reserved in [0x40, 0x20, 0x10, 0x70] {
        fails_with(&[frame(FIN | reserved | TEXT, b"x")], 1002);
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        fails_with(&[frame(FIN | opcode, b"x")], 1002);
    }
    for control in [CLOSE, PING, PONG] {
        fails_with(&[frame(control, b"")], 1002);
        fails_with(&[frame(FIN | control, &[b'x'; 126])], 1002);
    }
    assert!(matches!(events(&[frame(FIN | PING, &[b'x'; 125])])[..], [Event::Ping(_)]));
    fails_with(&[frame(FIN, b"x")], 1002);
    fails_with(&[frame(0, b"x")], 1002);
    fails_with(&[frame(TEXT, b"x"), frame(FIN | TEXT, b"y")], 1002);
    fails_with(&[frame(BINARY, b"x"), frame(BINARY, b"y")], 1002);
}

#[test]
fn lengths_must_be_written_shortly() {
    fails_with(&[vec![FIN | TEXT, 0x80 | 126, 0, 125, 0, 0, 0, 0]], 1002);
    fails_with(&[vec![FIN | TEXT, 0x80 | 127, 0, 0, 0, 0, 0, 0, 255, 255]], 1002);
    fails_with(&[vec![FIN | TEXT, 0x80 | 127, 0x80, 0, 0, 0, 0, 0, 0, 0]], 1002);
}

#[test]
fn text_that_is_not_utf8_fails_as_soon_as_it_shows() {
    let wrong: [&[u8]; 6] =
        [b"\xff", b"a\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"cut \xe2\x82"];
    for bytes in wrong {
        fails_with(&[frame(FIN | TEXT, bytes)], 1007);
        fails_with(&[frame(TEXT, bytes), frame(FIN, b"")], 1007);
    }
    // A skipped message is read as strictly.
    let mut long = vec![b'x'; 400];
    long[399] = 0xff;
    fails_with(&[frame(FIN | TEXT, &long)], 1007);
    // The rest of the frame is not waited for.
    let mut begun = frame(FIN | TEXT, b"\xf4\x90 and so on");
    begun.truncate(8);
    fails_with(&[begun], 1007);
    assert!(matches!(events(&[frame(FIN | BINARY, b"\xff")])[..], [Event::Binary(_)]));
}

#[test]
fn close_frames_are_read_and_nothing_comes_after() {
    let after = frame(FIN | TEXT, b"late");
    let close = |payload: &[u8]| events(&[frame(FIN | CLOSE, payload), after.clone()]);
    assert_eq!(close(b""), [Event::Close(None, "".into())]);
    assert_eq!(close(b"\x03\xe8bye"), [Event::Close(Some(1000), "bye".into())]);
    for code in [1000_u16, 1003, 1007, 1014, 3000, 3999, 4000, 4999] {
        assert_eq!(close(&code.to_be_bytes()), [Event::Close(Some(code), "".into())]);
    }
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        fails_with(&[frame(FIN | CLOSE, &code.to_be_bytes())], 1002);
    }
    fails_with(&[frame(FIN | CLOSE, b"\x03")], 1002);
    fails_with(&[frame(FIN | CLOSE, b"\x03\xe8\xff")], 1007);
}

#[test]
fn frames_to_the_client_have_the_shortest_header() {
    let header = |len| encode_header(Opcode::Text, len).to_vec();
    assert_eq!(header(0), [0x81, 0]);
    assert_eq!(header(125), [0x81, 125]);
    assert_eq!(header(126), [0x81, 126, 0, 126]);
    assert_eq!(header(65_535), [0x81, 126, 255, 255]);
    assert_eq!(header(65_536), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    let mut out = Vec::new();
    encode_close(Some(4002), "heartbeat", &mut out);
    assert_eq!(out, b"\x88\x0b\x0f\xa2heartbeat");
    out.clear();
    encode_close(Some(4002), &"\u{e9}".repeat(100), &mut out);
    assert_eq!(out.len(), 2 + 2 + 122);
    out.clear();
    encode_close(Some(1006), "never sent", &mut out);
    assert_eq!(out, b"\x88\x00");
}

/// Frames that are mostly right, so that streams get far.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        4 => "[a-z\u{e9}\u{1f600}]{0,60}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..400),
    ];
    let first = prop_oneof![
        6 => prop_oneof![Just(FIN | TEXT), Just(TEXT), Just(0), Just(FIN), Just(FIN | BINARY)],
        2 => prop_oneof![Just(FIN | PING), Just(FIN | PONG), Just(FIN | CLOSE)],
        1 => any::<u8>(),
    ];
    (first, payload).prop_map(|(first, payload)| frame(first, &payload))
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_events(
        frames in proptest::collection::vec(any_frame(), 1..12),
        sizes in proptest::collection::vec(1_usize..40, 1..8),
    ) {
        let stream = frames.concat();
        let whole = feed(&mut Decoder::new(), &stream, &[usize::MAX]);
        prop_assert_eq!(feed(&mut Decoder::new(), &stream, &sizes), whole);
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_are_all_taken(
        stream in proptest::collection::vec(any::<u8>(), 0..600),
        sizes in proptest::collection::vec(1_usize..60, 1..8),
    ) {
        feed(&mut Decoder::new(), &stream, &sizes);
    }

    #[test]
    fn masking_twice_is_nothing_from_any_offset(
        payload in proptest::collection::vec(any::<u8>(), 0..40),
        mask in any::<[u8; 4]>(),
        split in 0_usize..40,
    ) {
        let split = split.min(payload.len());
        let mut masked = payload.clone();
        for (index, byte) in masked.iter_mut().enumerate() {
            *byte ^= mask[index % 4];
        }
        apply_mask(&mut masked[..split], mask, 0);
        apply_mask(&mut masked[split..], mask, split);
        prop_assert_eq!(masked, payload);
    }
}
