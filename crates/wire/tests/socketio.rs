//! Socket.IO packets as the published clients write them, and back.

use houseful_wire::socketio::{Content, Decoder, Message, Packet, event_text};
use proptest::prelude::*;
use serde_json::{Value, json};

fn decode(text: &str) -> Packet {
    Decoder::default().text(text).expect("a packet").expect("a whole one")
}

fn packet(namespace: &str, content: Content) -> Packet {
    Packet { namespace: namespace.to_owned(), content }
}

fn message(id: Option<u64>, data: Value) -> Message {
    let Value::Array(data) = data else { panic!("no list") };
    Message { id, data, attachments: Vec::new() }
}

#[test]
fn packets_are_those_of_the_published_clients() {
    let event = |id, data| Content::Event(message(id, data));
    let cases = [
        ("0", packet("/", Content::Connect(None))),
        (r#"0{"token":"1"}"#, packet("/", Content::Connect(Some(json!({ "token": "1" }))))),
        (r#"0/admin,{"a":1}"#, packet("/admin", Content::Connect(Some(json!({ "a": 1 }))))),
        ("1/admin,", packet("/admin", Content::Disconnect)),
        (r#"2["a",1,"2"]"#, packet("/", event(None, json!(["a", 1, "2"])))),
        (
            r#"2/admin,456["a",{"3":[true]}]"#,
            packet("/admin", event(Some(456), json!(["a", {"3": [true]}]))),
        ),
        ("3/admin,456[]", packet("/admin", Content::Ack(message(Some(456), json!([]))))),
        (r#"4{"message":"no"}"#, packet("/", Content::ConnectError(json!({ "message": "no" })))),
        (r#"4"no""#, packet("/", Content::ConnectError(json!("no")))),
    ];
    for (text, packet) in cases {
        assert_eq!(decode(text), packet, "{text}");
        assert_eq!(packet.to_text(), text);
    }
    assert_eq!(decode("0/admin"), packet("/admin", Content::Connect(None)));
    assert_eq!(decode("0/admin?token=1,"), packet("/admin?token=1", Content::Connect(None)));
}

#[test]
fn an_event_of_json_is_that_event() {
    for namespace in ["/", "/admin"] {
        let text = event_text(namespace, "a\"b", r#"{"z":1,"a":[2]}"#);
        let event = message(None, json!(["a\"b", { "z": 1, "a": [2] }]));
        assert_eq!(decode(&text), packet(namespace, Content::Event(event)));
    }
}

#[test]
fn bytes_come_after_their_packet() {
    let mut decoder = Decoder::default();
    let text = r#"52-/admin,7["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#;
    assert_eq!(decoder.text(text), Ok(None));
    assert_eq!(decoder.binary(vec![1]), Ok(None));
    let packet = decoder.binary(vec![2]).unwrap().unwrap();
    let Content::Event(message) = &packet.content else { panic!("no event") };
    assert_eq!(message.attachments, [[1], [2]]);
    assert_eq!(packet.to_text(), text);
    assert_eq!(packet.into_attachments(), [[1], [2]]);
    assert!(decoder.binary(vec![3]).is_err(), "of no packet");
    assert_eq!(decoder.text(text), Ok(None));
    assert!(decoder.text("2[\"b\"]").is_err(), "in between");
}

#[test]
fn what_is_no_packet_is_refused() {
    let bad = [
        "",
        "a",
        "abc",
        "7",
        "é",
        "2",
        "2{}",
        "2[]",
        "2[1]",
        r#"2abc["a"]"#,
        r#"2["a""#,
        "3[]",
        "3",
        r#"3{"a":1}"#,
        "1{}",
        "0[]",
        "0\"a\"",
        "4",
        "4[]",
        "4abc",
        r#"5["a"]"#,
        r#"5-["a"]"#,
        r#"511-["a"]"#,
        r#"5x-["a"]"#,
        r#"21234567890123456["a"]"#,
        r#"51-["a",{"_placeholder":true,"num":1}]"#,
        r#"51-["a",{"_placeholder":true,"num":-1}]"#,
        r#"51-["a",{"_placeholder":true,"num":"0"}]"#,
        r#"51-["a",{"b":[{"_placeholder":true}]}]"#,
    ];
    for bad in bad {
        assert!(Decoder::default().text(bad).is_err(), "{bad:?}");
    }
    let deep = format!("2[\"a\",{}{}]", "[".repeat(10_000), "]".repeat(10_000));
    assert!(Decoder::default().text(&deep).is_err());
    assert_eq!(decode(r#"50-["a"]"#).to_text(), r#"2["a"]"#);
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        namespace in "(/[a-z]{0,8})",
        id in proptest::option::of(0..999_999_999_999_999_u64),
        name: String,
        number: i64,
        attachments in proptest::collection::vec(any::<Vec<u8>>(), 0..4),
        is_ack: bool,
    ) {
        let places = (0..attachments.len()).map(|num| json!({ "_placeholder": true, "num": num }));
        let data = [json!(name), json!(number)].into_iter().chain(places).collect();
        let id = id.or(is_ack.then_some(0));
        let message = Message { id, data, attachments: attachments.clone() };
        let content = if is_ack { Content::Ack(message) } else { Content::Event(message) };
        let written = packet(&namespace, content);
        let mut decoder = Decoder::default();
        let mut read = decoder.text(&written.to_text()).unwrap();
        for bytes in attachments {
            prop_assert_eq!(read, None);
            read = decoder.binary(bytes).unwrap();
        }
        prop_assert_eq!(read, Some(written));
    }

    #[test]
    fn whatever_comes_is_read_or_refused(texts: Vec<String>, bytes: Vec<u8>, digit in 0..8) {
        let mut decoder = Decoder::default();
        for text in texts {
            let _ = decoder.text(&text);
            let _ = decoder.text(&format!("{digit}{text}"));
            let _ = decoder.binary(bytes.clone());
        }
    }
}
