//! Each server frame as exact text, and the fast encoders against the types. A changed text here is a
//! decision about compatibility.

use houseful_wire::encode::{
    Catchup, Joined, Refused, encode_fragment, encode_joined, encode_ok, encode_ops, encode_part,
    encode_refused,
};
use houseful_wire::frame::{Account, Fragment, Grid, Part, Shape};
use houseful_wire::{Refusal, ServerFrame};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use uuid::Uuid;

const EPOCH: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);

fn raw(text: &str) -> &RawValue {
    serde_json::from_str(text).expect("valid JSON")
}

#[test]
fn welcome() {
    let account = Account { id: 7, name: "Ann", role: "attendee" };
    let full = ServerFrame::Welcome {
        reference: 1,
        session: 12,
        now: 1_800_000_000_000,
        heartbeat_ms: 25_000,
        account: Some(account),
        expires_at: Some(1_800_000_600_000),
    };
    assert_eq!(
        full.encode(),
        r#"{"t":"welcome","ref":1,"session":12,"now":1800000000000,"heartbeatMs":25000,"account":{"id":7,"name":"Ann","role":"attendee"},"expiresAt":1800000600000}"#
    );
    let visitor = ServerFrame::Welcome {
        reference: 1,
        session: 12,
        now: 5,
        heartbeat_ms: 25_000,
        account: None,
        expires_at: None,
    };
    assert_eq!(
        visitor.encode(),
        r#"{"t":"welcome","ref":1,"session":12,"now":5,"heartbeatMs":25000}"#
    );
}

#[test]
fn ok() {
    let text = r#"{"t":"ok","ref":3,"seq":9,"body":{"a":[1]}}"#;
    assert_eq!(encode_ok(3, Some(9), Some(r#"{"a":[1]}"#)), text);
    let frame = ServerFrame::Ok { reference: 3, seq: Some(9), body: Some(raw(r#"{"a":[1]}"#)) };
    assert_eq!(frame.encode(), text);
    assert_eq!(encode_ok(3, None, None), r#"{"t":"ok","ref":3}"#);
}

#[test]
fn refused() {
    let mut refused = Refused::new(None, Refusal::TooLarge);
    assert_eq!(
        encode_refused(&refused),
        r#"{"t":"refused","ref":null,"code":"too_large","message":"The message is too large."}"#
    );
    refused.reference = Some(4);
    refused.message = Cow::Borrowed("a \"quoted\" text");
    refused.retry_after_ms = Some(250);
    refused.fields = [("best.count".into(), "a".into()), ("seats".into(), "b".into())].into();
    refused.details = Some(r#"{"seats":[1,2]}"#);
    let text = r#"{"t":"refused","ref":4,"code":"too_large","message":"a \"quoted\" text","retryAfterMs":250,"fields":{"best.count":"a","seats":"b"},"details":{"seats":[1,2]}}"#;
    assert_eq!(encode_refused(&refused), text);
    let frame = ServerFrame::Refused {
        reference: Some(4),
        code: "too_large",
        message: &refused.message,
        retry_after_ms: Some(250),
        fields: &refused.fields,
        details: Some(raw(r#"{"seats":[1,2]}"#)),
    };
    assert_eq!(frame.encode(), text);
}

#[test]
fn joined_with_parts_or_fragments() {
    let part = encode_part("all", r#"{"seats":{"grid":{"bits":2,"length":3,"data":"AA=="}}}"#);
    let joined = Joined {
        reference: 2,
        room: "events/42/seats",
        app: "seats",
        version: 1,
        epoch: EPOCH,
        term: 4,
        seq: 17,
        role: "attendee",
    };
    let head = r#"{"t":"joined","ref":2,"room":"events/42/seats","app":"seats","version":1,"epoch":"01900000-0000-7000-8000-000000000001","term":4,"seq":17,"role":"attendee","#;
    let with_parts = format!(
        r#"{head}"parts":[{{"aud":"all","shapes":{{"seats":{{"grid":{{"bits":2,"length":3,"data":"AA=="}}}}}}}}]}}"#
    );
    assert_eq!(encode_joined(&joined, Catchup::Parts(&[&part])), with_parts);
    let mut frame = ServerFrame::Joined {
        reference: 2,
        room: "events/42/seats",
        app: "seats",
        version: 1,
        epoch: EPOCH,
        term: 4,
        seq: 17,
        role: "attendee",
        parts: Some(vec![raw(&part)]),
        fragments: None,
    };
    assert_eq!(frame.encode(), with_parts);

    let nothing_missed = format!(r#"{head}"fragments":[]}}"#);
    assert_eq!(encode_joined(&joined, Catchup::Fragments::<&str>(&[])), nothing_missed);
    if let ServerFrame::Joined { parts, fragments, .. } = &mut frame {
        (*parts, *fragments) = (None, Some(vec![]));
    }
    assert_eq!(frame.encode(), nothing_missed);
}

#[test]
fn r09_ops_are_fragments_of_several_audiences() {
    let all = encode_fragment("all", 16, 17, r#"[["set","seats",3,1]]"#);
    let mine = encode_fragment("member:7", 0, 17, r#"[["put","cart","7",{"total":1}]]"#);
    let text = r#"{"t":"ops","room":"events/42/seats","fragments":[{"aud":"all","prev":16,"seq":17,"ops":[["set","seats",3,1]]},{"aud":"member:7","prev":0,"seq":17,"ops":[["put","cart","7",{"total":1}]]}]}"#;
    assert_eq!(encode_ops("events/42/seats", &[&all, &mine]), text);
    let frame =
        ServerFrame::Ops { room: "events/42/seats", fragments: vec![raw(&all), raw(&mine)] };
    assert_eq!(frame.encode(), text);
    let fragment = Fragment { aud: "all", prev: 16, seq: 17, ops: raw(r#"[["set","seats",3,1]]"#) };
    assert_eq!(serde_json::to_string(&fragment).expect("encodes"), all);
}

#[test]
fn r08_parts_hold_every_kind_of_shape() {
    let shapes = BTreeMap::from([
        ("a", Shape::Cell { cell: raw("1") }),
        ("b", Shape::Rows { rows: vec![(raw("\"k\""), raw("null"))] }),
        ("c", Shape::Grid { grid: Grid { bits: 2, length: 4, data: "/w==" } }),
    ]);
    let text = serde_json::to_string(&Part { aud: "all", shapes }).expect("encodes");
    let shapes = r#"{"a":{"cell":1},"b":{"rows":[["k",null]]},"c":{"grid":{"bits":2,"length":4,"data":"/w=="}}}"#;
    assert_eq!(text, encode_part("all", shapes));
}

#[test]
fn small_frames() {
    let room = "lobby";
    let frames = [
        (
            ServerFrame::Presence { room, here: 3, watching: 5 },
            r#"{"t":"presence","room":"lobby","here":3,"watching":5}"#,
        ),
        (ServerFrame::Position { room, seq: 8 }, r#"{"t":"position","room":"lobby","seq":8}"#),
        (
            ServerFrame::Resync { room, code: "slow_consumer" },
            r#"{"t":"resync","room":"lobby","code":"slow_consumer"}"#,
        ),
        (
            ServerFrame::Gone { room, code: "no_such_room" },
            r#"{"t":"gone","room":"lobby","code":"no_such_room"}"#,
        ),
        (ServerFrame::Expiring { at: 99 }, r#"{"t":"expiring","at":99}"#),
        (ServerFrame::Goaway { after_ms: 1500 }, r#"{"t":"goaway","afterMs":1500}"#),
        (ServerFrame::Ping { now: 77 }, r#"{"t":"ping","now":77}"#),
    ];
    for (frame, text) in frames {
        assert_eq!(frame.encode(), text);
    }
}

#[test]
fn names_are_escaped_where_they_must_be() {
    assert_eq!(
        encode_ops("a\"b\\c\n\u{e9}", &[] as &[&str]),
        "{\"t\":\"ops\",\"room\":\"a\\\"b\\\\c\\n\u{e9}\",\"fragments\":[]}"
    );
}
