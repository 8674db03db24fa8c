//! PROTOCOL.md, the types, the table of codes and the AsyncAPI document say the same.

use houseful_wire::asyncapi::{FRAMES, FrameDoc, Sender, document};
use houseful_wire::frame::{Account, Have};
use houseful_wire::{ClientFrame, Close, Refusal, ServerFrame};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use uuid::Uuid;

const PROTOCOL: &str = include_str!("../../../PROTOCOL.md");

/// The rows of the table under a heading, as cells.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let start = PROTOCOL.find(heading).unwrap_or_else(|| panic!("no {heading} in PROTOCOL.md"));
    PROTOCOL[start..]
        .lines()
        .skip_while(|line| !line.starts_with("| ---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

/// Names of commands, roles and prefixes that look like codes, and a code that only HTTP answers.
const NO_CODES: [&str; 5] = ["box_office", "cancel_event", "check_in", "hf_", "insufficient_scope"];

/// Every text between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_code(text: &str) -> bool {
    text.contains('_')
        && !NO_CODES.contains(&text)
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[test]
fn every_code_of_the_protocol_is_in_the_tables_and_the_other_way_round() {
    let words: BTreeSet<&str> = quoted(PROTOCOL).flat_map(|text| text.split(' ')).collect();
    let refusals = Refusal::ALL.iter().map(|refusal| refusal.code());
    let known: BTreeSet<&str> = refusals.chain(Close::ALL.iter().map(|c| c.code())).collect();
    let missing: Vec<_> =
        words.iter().filter(|word| is_code(word) && !known.contains(*word)).collect();
    assert!(missing.is_empty(), "in PROTOCOL.md but not in code.rs: {missing:?}");
    let unknown: Vec<_> = known.difference(&words).collect();
    assert!(unknown.is_empty(), "in code.rs but not in PROTOCOL.md: {unknown:?}");
    assert_eq!(known.len(), Refusal::ALL.len() + Close::ALL.len(), "a code is there twice");
}

#[test]
fn r26_close_codes_say_whether_to_come_back() {
    let ours: Vec<[String; 3]> = Close::ALL
        .iter()
        .map(|close| [close.number().to_string(), close.code().into(), close.reason().into()])
        .collect();
    let told: Vec<[String; 3]> = table("**[R26]**")
        .iter()
        .map(|row| [0, 1, 2].map(|cell| row[cell].replace('`', "")))
        .collect();
    assert_eq!(ours, told);
    assert!(Close::GoingAway.may_return() && !Close::SessionRevoked.may_return());
}

#[test]
fn refusals_that_are_not_outcomes_are_those_of_the_protocol() {
    let start = PROTOCOL.find("**[R18]**").expect("the rule");
    let end = start + PROTOCOL[start..].find("not outcomes").expect("its sentence");
    let told: BTreeSet<&str> = quoted(&PROTOCOL[start..end]).collect();
    let all = Refusal::ALL.iter();
    let ours: BTreeSet<&str> =
        all.filter(|refusal| !refusal.is_outcome()).map(|refusal| refusal.code()).collect();
    assert_eq!(ours, told);
}

fn documented(sender: Sender) -> Vec<(&'static str, BTreeSet<String>)> {
    let fields = |frame: &FrameDoc| frame.fields.iter().map(|(name, _)| (*name).to_owned());
    FRAMES.iter().filter(|f| f.sender == sender).map(|f| (f.name, fields(f).collect())).collect()
}

/// The fields of a row of PROTOCOL.md: names between backticks, with what follows a colon cut off.
fn told(heading: &str) -> Vec<(&'static str, BTreeSet<String>)> {
    let field = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    table(heading)
        .iter()
        .map(|row| (row[0].trim_matches('`'), quoted(row[1]).map(field).collect()))
        .collect()
}

#[test]
fn the_frames_of_the_protocol_are_the_documented_ones() {
    assert_eq!(documented(Sender::Client), told("### Client frames"));
    let mut server = told("### Server frames");
    for (name, fields) in &mut server {
        if *name == "joined" {
            // "either `parts` or `fragments`"
            for field in ["parts", "fragments"] {
                assert!(fields.remove(field));
                fields.insert(format!("{field}?"));
            }
        }
    }
    assert_eq!(documented(Sender::Server), server);
}

const ID: Uuid = Uuid::from_u128(1);

fn raw(text: &str) -> &RawValue {
    serde_json::from_str(text).expect("valid JSON")
}

/// One frame of each kind with every field there. A new kind fails to compile in `name_of_client`.
fn full_client_frames() -> Vec<ClientFrame<'static>> {
    let (reference, room) = (1, "r".into());
    let have = Some(Have { epoch: ID, seq: 1 });
    vec![
        ClientFrame::Hello { reference, token: Some("t".into()), client: Some("c".into()) },
        ClientFrame::Auth { reference, token: "t".into() },
        ClientFrame::Join { reference, room, have },
        ClientFrame::Leave { reference, room: "r".into() },
        ClientFrame::Command {
            reference,
            room: "r".into(),
            term: 1,
            id: ID,
            name: "n".into(),
            body: raw("{}"),
        },
        ClientFrame::Show { room: "r".into(), shape: "s".into(), value: raw("1") },
        ClientFrame::History {
            reference,
            room: "r".into(),
            shape: "s".into(),
            before: Some(1),
            limit: Some(1),
        },
        ClientFrame::People { reference, room: "r".into(), accounts: vec![1] },
        ClientFrame::Pong,
    ]
}

fn name_of_client(frame: &ClientFrame<'_>) -> &'static str {
    match frame {
        ClientFrame::Hello { .. } => "hello",
        ClientFrame::Auth { .. } => "auth",
        ClientFrame::Join { .. } => "join",
        ClientFrame::Leave { .. } => "leave",
        ClientFrame::Command { .. } => "command",
        ClientFrame::Show { .. } => "show",
        ClientFrame::History { .. } => "history",
        ClientFrame::People { .. } => "people",
        ClientFrame::Pong => "pong",
    }
}

fn full_server_frames() -> Vec<ServerFrame<'static>> {
    let (reference, room, code) = (1, "r", "c");
    vec![
        ServerFrame::Welcome {
            reference,
            session: 1,
            now: 1,
            heartbeat_ms: 1,
            account: Some(Account { id: 1, name: "n", role: "r" }),
            expires_at: Some(1),
        },
        ServerFrame::Ok { reference, seq: Some(1), body: Some(raw("{}")) },
        ServerFrame::Refused {
            reference: Some(1),
            code,
            message: "m",
            retry_after_ms: Some(1),
            fields: Box::leak(Box::new([("f".into(), "r".into())].into())),
            details: Some(raw("{}")),
        },
        ServerFrame::Joined {
            reference,
            room,
            app: "a",
            version: 1,
            epoch: ID,
            term: 1,
            seq: 1,
            role: "r",
            parts: Some(vec![]),
            fragments: Some(vec![]),
        },
        ServerFrame::Ops { room, fragments: vec![] },
        ServerFrame::Live { room, all: Some(true), values: vec![("s", 1, 1, raw("1"))] },
        ServerFrame::Presence { room, here: 1, watching: 1 },
        ServerFrame::Position { room, seq: 1 },
        ServerFrame::Resync { room, code },
        ServerFrame::Gone { room, code },
        ServerFrame::Expiring { at: 1 },
        ServerFrame::Goaway { after_ms: 1 },
        ServerFrame::Ping { now: 1 },
    ]
}

fn name_of_server(frame: &ServerFrame<'_>) -> &'static str {
    match frame {
        ServerFrame::Welcome { .. } => "welcome",
        ServerFrame::Ok { .. } => "ok",
        ServerFrame::Refused { .. } => "refused",
        ServerFrame::Joined { .. } => "joined",
        ServerFrame::Ops { .. } => "ops",
        ServerFrame::Live { .. } => "live",
        ServerFrame::Presence { .. } => "presence",
        ServerFrame::Position { .. } => "position",
        ServerFrame::Resync { .. } => "resync",
        ServerFrame::Gone { .. } => "gone",
        ServerFrame::Expiring { .. } => "expiring",
        ServerFrame::Goaway { .. } => "goaway",
        ServerFrame::Ping { .. } => "ping",
    }
}

fn to_value(frame: &impl Serialize) -> Value {
    let text = serde_json::to_string(frame).expect("encodes");
    serde_json::from_str(&text).expect("parses")
}

#[test]
fn the_document_names_every_frame_and_field_of_the_types() {
    let mut typed: Vec<(&str, Value)> = Vec::new();
    typed.extend(full_client_frames().iter().map(|f| (name_of_client(f), to_value(f))));
    typed.extend(full_server_frames().iter().map(|f| (name_of_server(f), to_value(f))));
    assert_eq!(typed.len(), FRAMES.len());
    let document = document("0");
    for (name, value) in typed {
        assert_eq!(value["t"], name);
        let keys: BTreeSet<&String> = value.as_object().expect("an object").keys().collect();
        let schema = &document["components"]["schemas"][name];
        let told: BTreeSet<&String> =
            schema["properties"].as_object().expect(name).keys().collect();
        assert_eq!(keys, told, "{name}");
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = document("0");
    let mut pending = vec![&document];
    let mut seen = 0;
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    let target = document.pointer(reference.trim_start_matches('#'));
                    assert!(target.is_some(), "{reference}");
                    seen += 1;
                }
                pending.extend(object.values());
            }
            Value::Array(array) => pending.extend(array),
            _ => {}
        }
    }
    assert!(seen > 3 * FRAMES.len());
}
