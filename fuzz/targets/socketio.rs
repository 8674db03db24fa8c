//! Packets of Socket.IO, line by line as messages of one session: what is read and written again is read as the same.
#![no_main]

use houseful_wire::socketio::{ATTACHMENTS_MAX, Content, Decoder, Packet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut decoder = Decoder::default();
    for line in data.split(|byte| *byte == b'\n') {
        // A message of bytes begins with one that no text has.
        let read = match (line, std::str::from_utf8(line)) {
            ([0, bytes @ ..], _) => decoder.binary(bytes.to_vec()),
            (_, Ok(text)) => decoder.text(text),
            (bytes, Err(_)) => decoder.binary(bytes.to_vec()),
        };
        match read {
            Ok(Some(packet)) => check(packet),
            Ok(None) => {}
            Err(_) => return,
        }
    }
});

fn check(packet: Packet) {
    if let Content::Event(message) | Content::Ack(message) = &packet.content {
        assert!(message.attachments.len() <= ATTACHMENTS_MAX);
    }
    let mut decoder = Decoder::default();
    let mut again = decoder.text(&packet.to_text());
    for bytes in packet.clone().into_attachments() {
        assert_eq!(again, Ok(None));
        again = decoder.binary(bytes);
    }
    assert_eq!(again, Ok(Some(packet)));
}
