//! Bodies and messages of Engine.IO: what is read is never longer than what came, and written again it is read as the
//! same.
#![no_main]

use houseful_wire::engineio::{Body, Frame, Packet, Packets, Revision, encode_payload};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [choice, data @ ..] = data else { return };
    let revision = if choice & 1 == 0 { Revision::V3 } else { Revision::V4 };
    let packets: Vec<Packet> = match (choice & 2 == 0, std::str::from_utf8(data)) {
        (true, Ok(text)) => Packets::of_text(text, revision).flatten().collect(),
        _ => Packets::of_bytes(data).flatten().collect(),
    };
    let bytes: usize = packets.iter().map(Packet::bytes).sum();
    assert!(bytes <= data.len() + packets.len());
    if packets.is_empty() {
        return;
    }
    let is_apart = |packet: &Packet| match packet {
        Packet::Open(text) | Packet::Ping(text) | Packet::Pong(text) | Packet::Text(text) => {
            !text.contains('\x1e')
        }
        _ => true,
    };
    if revision == Revision::V3 || packets.iter().all(is_apart) {
        let body = encode_payload(&packets, revision, choice & 4 == 0);
        let again: Result<Vec<Packet>, _> = match body {
            Body::Text(text) => Packets::of_text(&text, revision).collect(),
            Body::Binary(bytes) => Packets::of_bytes(&bytes).collect(),
        };
        assert_eq!(again.as_ref(), Ok(&packets));
    }
    for packet in packets {
        let again = match packet.to_frame(revision) {
            Frame::Text(text) => Packet::from_text(&text),
            Frame::Binary(bytes) => Packet::from_binary(&bytes, revision),
        };
        assert_eq!(again, Ok(packet));
    }
});
