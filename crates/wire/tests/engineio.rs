//! Engine.IO packets and payloads as the published clients and servers write them, and back.

use houseful_wire::engineio::{BadPacket, Body, Frame, Packet, Packets, Revision, encode_payload};
use proptest::prelude::*;

fn text(packets: &[Packet], revision: Revision) -> String {
    match encode_payload(packets, revision, false) {
        Body::Text(text) => text,
        Body::Binary(_) => panic!("bytes, unasked"),
    }
}

fn read(body: &Body, revision: Revision) -> Result<Vec<Packet>, BadPacket> {
    match body {
        Body::Text(text) => Packets::of_text(text, revision).collect(),
        Body::Binary(bytes) => Packets::of_bytes(bytes).collect(),
    }
}

fn message(text: &str) -> Packet {
    Packet::Text(text.to_owned())
}

#[test]
fn payloads_are_those_of_the_published_servers() {
    let packets = [message("€"), message("𝄞!"), Packet::Binary(vec![1, 2, 3, 4])];
    assert_eq!(text(&packets, Revision::V4), "4€\u{1e}4𝄞!\u{1e}bAQIDBA==");
    assert_eq!(text(&packets, Revision::V3), "2:4€4:4𝄞!10:b4AQIDBA==");
    let bytes = [0, 4, 255, b'4', 0xe2, 0x82, 0xac, 1, 5, 255, 4, 1, 2, 3, 4];
    let packets = [packets[0].clone(), packets[2].clone()];
    assert_eq!(encode_payload(&packets, Revision::V3, true), Body::Binary(bytes.to_vec()));
    let open = [Packet::Open("{}".to_owned()), message("0")];
    assert_eq!(text(&open, Revision::V3), "3:0{}2:40");
}

#[test]
fn a_frame_says_its_type_where_its_revision_does() {
    let bytes = Packet::Binary(vec![7]);
    assert_eq!(bytes.to_frame(Revision::V4), Frame::Binary((&[7][..]).into()));
    assert_eq!(bytes.to_frame(Revision::V3), Frame::Binary((&[4, 7][..]).into()));
    assert_eq!(Packet::from_binary(&[4, 7], Revision::V3), Ok(bytes.clone()));
    assert_eq!(Packet::from_binary(&[7], Revision::V4), Ok(bytes));
    assert!(Packet::from_binary(&[7], Revision::V3).is_err());
    assert!(Packet::from_binary(&[], Revision::V3).is_err());
    assert_eq!(Packet::from_text("2probe"), Ok(Packet::Ping("probe".to_owned())));
}

#[test]
fn what_is_no_packet_is_refused_and_nothing_after_it_is_read() {
    for bad in ["", "abc", "7", "é", "b!", "4a\u{1e}", "bA"] {
        assert!(Packets::of_text(bad, Revision::V4).any(|packet| packet.is_err()), "{bad:?}");
    }
    let bad = [
        "",
        "4",
        "4a",
        ":4a",
        "x:4a",
        "2:4",
        "-1:4",
        "+2:4a",
        "2:4a3:4b",
        "0:",
        "2:4𝄞",
        "3:b5A",
        "99999999999:4a",
        "18446744073709551616:4",
    ];
    for bad in bad {
        assert!(Packets::of_text(bad, Revision::V3).any(|packet| packet.is_err()), "{bad:?}");
    }
    let bad: [&[u8]; 8] = [
        &[],
        &[0],
        &[0, 255],
        &[0, 2, 255, b'4'],
        &[2, 1, 255, b'4'],
        &[0, 10, 255, b'4'],
        &[0, 2, 255, b'4', 0xff],
        &[0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 255],
    ];
    for bad in bad {
        assert!(Packets::of_bytes(bad).any(|packet| packet.is_err()), "{bad:?}");
    }
    let mut packets = Packets::of_text("4a\u{1e}x\u{1e}4b", Revision::V4);
    assert_eq!(packets.next(), Some(Ok(message("a"))));
    assert!(packets.next().is_some_and(|packet| packet.is_err()));
    assert_eq!(packets.next(), None);
}

fn any_packet() -> impl Strategy<Value = Packet> {
    let text = "[^\u{1e}]{0,20}";
    prop_oneof![
        text.prop_map(Packet::Open),
        Just(Packet::Close),
        text.prop_map(Packet::Ping),
        text.prop_map(Packet::Pong),
        text.prop_map(Packet::Text),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Packet::Binary),
        Just(Packet::Upgrade),
        Just(Packet::Noop),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        packets in proptest::collection::vec(any_packet(), 1..6),
        is_v3: bool,
        takes_binary: bool,
    ) {
        let revision = if is_v3 { Revision::V3 } else { Revision::V4 };
        let body = encode_payload(&packets, revision, takes_binary);
        prop_assert_eq!(read(&body, revision), Ok(packets.clone()));
        for packet in packets {
            let read = match packet.to_frame(revision) {
                Frame::Text(text) => Packet::from_text(&text),
                Frame::Binary(bytes) => Packet::from_binary(&bytes, revision),
            };
            prop_assert_eq!(read, Ok(packet));
        }
    }

    #[test]
    fn whatever_comes_is_read_or_refused(bytes: Vec<u8>, text: String) {
        let _ = Packets::of_bytes(&bytes).count();
        for revision in [Revision::V3, Revision::V4] {
            let _ = Packets::of_text(&text, revision).count();
        }
    }
}
