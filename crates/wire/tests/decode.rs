//! What a client's message is read as, and what is said about it when it is wrong.

use houseful_wire::{BadFrame, ClientFrame, Refusal, decode};
use proptest::prelude::*;

const ID: &str = "01900000-0000-7000-8000-000000000001";

fn one(text: &str) -> Result<ClientFrame<'_>, BadFrame> {
    let mut frames = decode(text);
    assert_eq!(frames.len(), 1, "{text}");
    frames.remove(0)
}

fn refusal(text: &str) -> (Option<u64>, Refusal, Vec<&'static str>) {
    let bad = one(text).expect_err(text);
    (bad.reference, bad.code, bad.fields)
}

fn echo(text: &str) -> String {
    serde_json::to_string(&one(text).expect(text)).expect("encodes")
}

#[test]
fn every_frame_is_read_back_as_it_was_sent() {
    let frames = [
        r#"{"t":"hello","ref":1,"token":"abc","client":"web/1"}"#.to_owned(),
        r#"{"t":"hello","ref":9007199254740991}"#.to_owned(),
        r#"{"t":"auth","ref":2,"token":"abc"}"#.to_owned(),
        format!(r#"{{"t":"join","ref":3,"room":"lobby","have":{{"epoch":"{ID}","seq":0}}}}"#),
        r#"{"t":"join","ref":3,"room":"lobby"}"#.to_owned(),
        r#"{"t":"leave","ref":4,"room":"lobby"}"#.to_owned(),
        format!(
            r#"{{"t":"command","ref":5,"room":"x","term":2,"id":"{ID}","name":"hold","body":{{"seats": [1,  2]}}}}"#
        ),
        r#"{"t":"pong"}"#.to_owned(),
    ];
    for text in &frames {
        assert_eq!(echo(text), *text);
    }
}

#[test]
fn r02_a_message_is_a_frame_or_an_array_and_unknown_fields_are_ignored() {
    let frames = decode(r#" [{"t":"pong"}, {"t":"leave","ref":1,"room":"a"}, 7, {"t":"no"}] "#);
    assert_eq!(frames.len(), 4);
    assert!(matches!(frames[0], Ok(ClientFrame::Pong)));
    assert!(matches!(frames[1], Ok(ClientFrame::Leave { reference: 1, .. })));
    assert!(frames[2].is_err() && frames[3].is_err());
    assert_eq!(echo(r#"{"x":{"t":"no"},"t":"pong","":[],"zz":null}"#), r#"{"t":"pong"}"#);
    assert!(decode("[]").is_empty());

    let array = |n: usize| format!("[{}]", vec![r#"{"t":"pong"}"#; n].join(","));
    assert_eq!(decode(&array(64)).len(), 64);
    assert_eq!(refusal(&array(65)), (None, Refusal::TooLarge, vec![]));
}

#[test]
fn r27_text_that_is_not_json_is_malformed() {
    let wrong = ["", " ", "hello", "{", r#"{"t":"pong"}}"#, r#"{"t":"pong",}"#, "[1,", "{'t':1}"];
    for text in wrong.into_iter().chain(["\"a\nb\"", r#"[{"t":"pong"},]"#, "nul", "\u{feff}{}"]) {
        assert_eq!(refusal(text), (None, Refusal::MalformedJson, vec![]), "{text}");
    }
}

#[test]
fn r28_a_t_that_is_not_in_the_table_is_unknown() {
    assert_eq!(refusal(r#"{"t":"nope","ref":5}"#), (Some(5), Refusal::UnknownFrame, vec![]));
    assert_eq!(refusal(r#"{"t":"welcome"}"#), (None, Refusal::UnknownFrame, vec![]));
}

#[test]
fn r29_the_field_that_is_missing_or_wrong_is_named() {
    let command = |fields: &str| format!(r#"{{"t":"command","ref":5,{fields}}}"#);
    let id = format!(r#""id":"{ID}""#);
    let cases = [
        (r#"{"ref":5}"#.to_owned(), Some(5), "t"),
        (r#"{"t":3,"ref":5}"#.to_owned(), Some(5), "t"),
        ("7".to_owned(), None, "t"),
        ("\"hello\"".to_owned(), None, "t"),
        ("null".to_owned(), None, "t"),
        (r#"{"t":"hello","ref":5,"token":7}"#.to_owned(), Some(5), "token"),
        (r#"{"t":"hello","ref":5,"client":{}}"#.to_owned(), Some(5), "client"),
        (r#"{"t":"auth","ref":5}"#.to_owned(), Some(5), "token"),
        (r#"{"t":"auth","ref":5,"token":null}"#.to_owned(), Some(5), "token"),
        (r#"{"t":"auth","ref":5,"token":"\ud800"}"#.to_owned(), Some(5), "token"),
        (r#"{"t":"join","ref":5}"#.to_owned(), Some(5), "room"),
        (r#"{"t":"join","ref":5,"room":"a","have":7}"#.to_owned(), Some(5), "have"),
        (r#"{"t":"join","ref":5,"room":"a","have":["x",1]}"#.to_owned(), Some(5), "have"),
        (r#"{"t":"join","ref":5,"room":"a","have":{"seq":1}}"#.to_owned(), Some(5), "have.epoch"),
        (
            format!(r#"{{"t":"join","ref":5,"room":"a","have":{{"epoch":"{ID}","seq":-1}}}}"#),
            Some(5),
            "have.seq",
        ),
        (r#"{"t":"leave","ref":5,"room":["a"]}"#.to_owned(), Some(5), "room"),
        (r#"{"t":"leave","ref":5,"room":"a","room":"b"}"#.to_owned(), Some(5), "room"),
        (command(r#""room":"a""#), Some(5), "term"),
        (command(r#""room":"a","term":1.5"#), Some(5), "term"),
        (command(r#""room":"a","term":9007199254740992"#), Some(5), "term"),
        (command(r#""room":"a","term":1"#), Some(5), "id"),
        (command(r#""room":"a","term":1,"id":"7""#), Some(5), "id"),
        (command(&format!(r#""room":"a","term":1,{id}"#)), Some(5), "name"),
        (command(&format!(r#""room":"a","term":1,{id},"name":"n""#)), Some(5), "body"),
    ];
    for (text, reference, field) in cases {
        assert_eq!(refusal(&text), (reference, Refusal::InvalidFrame, vec![field]), "{text}");
    }
}

#[test]
fn r05_a_ref_is_a_positive_integer_below_2_to_the_53() {
    let refs =
        ["0", "-1", "1.0", "1e3", "9007199254740992", "99999999999999999999", "\"1\"", "null"];
    for wrong in refs {
        let text = format!(r#"{{"t":"leave","ref":{wrong},"room":"a"}}"#);
        assert_eq!(refusal(&text), (None, Refusal::InvalidFrame, vec!["ref"]), "{text}");
    }
}

#[test]
fn r30_json_nested_deeper_than_32_is_malformed() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        format!(r#"{{"t":"pong","x":{open}{close}}}"#)
    };
    assert!(one(&nested(32)).is_ok());
    assert_eq!(refusal(&nested(33)), (None, Refusal::MalformedJson, vec![]));
    assert_eq!(refusal(&"[".repeat(16_000)), (None, Refusal::MalformedJson, vec![]));
    let in_a_string = format!(r#"{{"t":"pong","x":"\"{}\\"}}"#, "[{".repeat(40));
    assert!(one(&in_a_string).is_ok());
}

#[test]
fn a_body_is_handed_on_untouched() {
    for body in ["null", "{}", " [ 1 ,2]".trim(), r#""\ud800""#, r#"{"a":1,"a":2}"#, "1e999"] {
        let text = format!(
            r#"{{"t":"command","ref":5,"room":"x","term":2,"id":"{ID}","name":"n","body":{body}}}"#
        );
        match one(&text) {
            Ok(ClientFrame::Command { body: raw, .. }) => assert_eq!(raw.get(), body),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn escaped_names_are_unescaped() {
    let text = r#"{"t":"le\u0061ve","ref":1,"room":"a\n\u00e9"}"#;
    assert!(matches!(one(text), Ok(ClientFrame::Leave { room, .. }) if room == "a\n\u{e9}"));
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(text in "\\PC{0,200}") {
        let _ = decode(&text);
    }

    #[test]
    fn any_near_frame_gets_an_answer(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just(":"), Just("\"t\""),
                Just("\"ref\""), Just("1"), Just("\"join\""), Just("\"room\""), Just("\"have\""),
                Just("null"), Just("\\"), Just("\"")
            ],
            0..24,
        )
    ) {
        for bad in decode(&parts.concat()).into_iter().filter_map(Result::err) {
            prop_assert_eq!(bad.code == Refusal::InvalidFrame, !bad.fields.is_empty());
        }
    }
}
