//! The frames as an AsyncAPI 3.0 document, from one table that tests hold against the types and against
//! PROTOCOL.md. It describes; nothing is decided by it.

use serde_json::{Map, Value, json};

/// Who sends a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// A frame: its `t`, who sends it, what it means, its fields. A field that may be absent ends in `?`.
pub struct FrameDoc {
    /// The value of `t`.
    pub name: &'static str,
    /// Who sends it.
    pub sender: Sender,
    /// What it means.
    pub summary: &'static str,
    /// Name and kind of each.
    pub fields: &'static [(&'static str, Kind)],
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An integer below 2^53.
    Integer,
    /// Milliseconds since 1970-01-01 UTC.
    Time,
    /// A request's number.
    Ref,
    /// A request's number, or null.
    RefOrNull,
    /// Text.
    Text,
    /// A UUID.
    Uuid,
    /// Texts by name.
    Reasons,
    /// True or false.
    Flag,
    /// Whatever the application says.
    Any,
    /// One of the schemas below.
    Named(&'static str),
    /// A list of one of the schemas below.
    List(&'static str),
}

use Kind::{Any, Flag, Integer, List, Named, Reasons, RefOrNull, Text, Time, Uuid};
use Sender::{Client, Server};

const REF: (&str, Kind) = ("ref", Kind::Ref);
const ROOM: (&str, Kind) = ("room", Text);

const fn frame(
    sender: Sender,
    name: &'static str,
    summary: &'static str,
    fields: &'static [(&'static str, Kind)],
) -> FrameDoc {
    FrameDoc { name, sender, summary, fields }
}

/// Every frame, in the order of PROTOCOL.md.
pub const FRAMES: &[FrameDoc] = &[
    frame(Client, "hello", "The first frame.", &[REF, ("token?", Text), ("client?", Text)]),
    frame(Client, "auth", "A new token of the same account.", &[REF, ("token", Text)]),
    frame(Client, "join", "Enter a room.", &[REF, ROOM, ("have?", Named("have"))]),
    frame(Client, "leave", "Go out of a room.", &[REF, ROOM]),
    frame(
        Client,
        "command",
        "Ask a room for a change.",
        &[REF, ROOM, ("term", Integer), ("id", Uuid), ("name", Text), ("body", Any)],
    ),
    frame(
        Client,
        "show",
        "Show something volatile of oneself; not answered.",
        &[ROOM, ("shape", Text), ("value", Any)],
    ),
    frame(
        Client,
        "history",
        "Read older rows of a log.",
        &[REF, ROOM, ("shape", Text), ("before?", Integer), ("limit?", Integer)],
    ),
    frame(
        Client,
        "people",
        "Ask who some accounts are that a room speaks of.",
        &[REF, ROOM, ("accounts", List("number"))],
    ),
    frame(Client, "pong", "The answer to ping.", &[]),
    frame(
        Server,
        "welcome",
        "The answer to hello.",
        &[
            REF,
            ("session", Integer),
            ("now", Time),
            ("heartbeatMs", Integer),
            ("account?", Named("account")),
            ("expiresAt?", Time),
        ],
    ),
    frame(Server, "ok", "Done.", &[REF, ("seq?", Integer), ("body?", Any)]),
    frame(
        Server,
        "refused",
        "Not done.",
        &[
            ("ref", RefOrNull),
            ("code", Text),
            ("message", Text),
            ("retryAfterMs?", Integer),
            ("fields?", Reasons),
            ("details?", Any),
        ],
    ),
    frame(
        Server,
        "joined",
        "You are in the room; has either parts or fragments.",
        &[
            REF,
            ROOM,
            ("app", Text),
            ("version", Integer),
            ("epoch", Uuid),
            ("term", Integer),
            ("seq", Integer),
            ("role", Text),
            ("parts?", List("part")),
            ("fragments?", List("fragment")),
        ],
    ),
    frame(Server, "ops", "The room changed.", &[ROOM, ("fragments", List("fragment"))]),
    frame(
        Server,
        "live",
        "What people show of themselves has changed.",
        &[ROOM, ("all?", Flag), ("values", List("shown"))],
    ),
    frame(Server, "presence", "How many.", &[ROOM, ("here", Integer), ("watching", Integer)]),
    frame(Server, "position", "You have seen all up to seq.", &[ROOM, ("seq", Integer)]),
    frame(Server, "resync", "Join again with what you have.", &[ROOM, ("code", Text)]),
    frame(Server, "gone", "The room is closed to you.", &[ROOM, ("code", Text)]),
    frame(Server, "expiring", "Your token ends then.", &[("at", Time)]),
    frame(Server, "goaway", "Open a new connection after that.", &[("afterMs", Integer)]),
    frame(Server, "ping", "Answer with pong.", &[("now", Time)]),
];

/// The document; `version` is the server's.
pub fn document(version: &str) -> Value {
    let mut schemas = named_schemas();
    let mut messages = Map::new();
    let mut references = Map::new();
    for frame in FRAMES {
        schemas.insert(frame.name.into(), frame_schema(frame));
        messages.insert(
            frame.name.into(),
            json!({
                "name": frame.name,
                "summary": frame.summary,
                "payload": { "$ref": format!("#/components/schemas/{}", frame.name) },
            }),
        );
        let reference = json!({ "$ref": format!("#/components/messages/{}", frame.name) });
        references.insert(frame.name.into(), reference);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Houseful live protocol",
            "version": version,
            "description": "JSON text frames over WebSocket, sub-protocol houseful.v1. A message is \
                one frame or an array of frames. Where no WebSocket gets through, the same frames travel as \
                server-sent events (POST /live/sse) and POSTs (/live/sse/messages). PROTOCOL.md has the rules.",
        },
        "defaultContentType": "application/json",
        "channels": { "live": { "address": "/live", "messages": references } },
        "operations": {
            "fromClient": operation("receive", Client),
            "fromServer": operation("send", Server),
        },
        "components": { "messages": messages, "schemas": schemas },
    })
}

/// AsyncAPI tells it from the server's side.
fn operation(action: &str, sender: Sender) -> Value {
    let messages: Vec<Value> = FRAMES
        .iter()
        .filter(|frame| frame.sender == sender)
        .map(|frame| json!({ "$ref": format!("#/channels/live/messages/{}", frame.name) }))
        .collect();
    json!({ "action": action, "channel": { "$ref": "#/channels/live" }, "messages": messages })
}

fn frame_schema(frame: &FrameDoc) -> Value {
    let mut properties = Map::new();
    properties.insert("t".into(), json!({ "const": frame.name }));
    let mut required = vec!["t"];
    for (field, kind) in frame.fields {
        let name = field.trim_end_matches('?');
        if name == *field {
            required.push(name);
        }
        properties.insert(name.into(), kind_schema(*kind));
    }
    json!({ "type": "object", "required": required, "properties": properties })
}

fn kind_schema(kind: Kind) -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    match kind {
        Integer | Time => json!({ "type": "integer" }),
        Kind::Ref => json!({ "type": "integer", "minimum": 1, "maximum": (1_u64 << 53) - 1 }),
        RefOrNull => json!({ "type": ["integer", "null"] }),
        Flag => json!({ "type": "boolean" }),
        Text => json!({ "type": "string" }),
        Uuid => json!({ "type": "string", "format": "uuid" }),
        Reasons => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Any => json!({}),
        Named(name) => reference(name),
        List(name) => json!({ "type": "array", "items": reference(name) }),
    }
}

fn named_schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    let mut add = |name: &str, required: &[&str], properties: Value| {
        let schema = json!({ "type": "object", "required": required, "properties": properties });
        schemas.insert(name.into(), schema);
    };
    let (integer, text) = (kind_schema(Integer), kind_schema(Text));
    add("have", &["epoch", "seq"], json!({ "epoch": kind_schema(Uuid), "seq": integer }));
    add("account", &["id", "name", "role"], json!({ "id": integer, "name": text, "role": text }));
    add(
        "part",
        &["aud", "shapes"],
        json!({
            "aud": text,
            "shapes": { "type": "object", "additionalProperties": kind_schema(Named("shape")) },
        }),
    );
    add(
        "fragment",
        &["aud", "prev", "seq", "ops"],
        json!({
            "aud": text,
            "prev": integer,
            "seq": integer,
            "ops": { "type": "array", "items": kind_schema(Named("op")) },
        }),
    );
    schemas.insert("number".into(), kind_schema(Integer));
    schemas.insert("shown".into(), shown_schema());
    schemas.insert("shape".into(), shape_schema());
    schemas.insert("op".into(), op_schema());
    schemas
}

/// Shape, account, session, value.
fn shown_schema() -> Value {
    let (text, integer) = (kind_schema(Text), kind_schema(Integer));
    let items = json!([text, integer, integer, {}]);
    json!({ "type": "array", "items": items, "minItems": 4, "maxItems": 4 })
}

fn shape_schema() -> Value {
    let pair = json!({ "type": "array", "minItems": 2, "maxItems": 2 });
    let grid = json!({ "type": "object", "required": ["bits", "length", "data"], "properties": {
        "bits": kind_schema(Integer),
        "length": kind_schema(Integer),
        "data": { "type": "string", "contentEncoding": "base64" },
    }});
    let one = |name: &str, schema: Value| {
        let properties = json!({ name: schema });
        json!({ "type": "object", "required": [name], "properties": properties })
    };
    json!({ "oneOf": [
        one("cell", json!({})),
        one("rows", json!({ "type": "array", "items": &pair })),
        one("log", json!({ "type": "array", "items": pair })),
        one("grid", grid),
    ]})
}

fn op_schema() -> Value {
    let (text, any) = (json!({ "type": "string" }), json!({}));
    let key = json!({ "type": ["string", "integer"] });
    let op = |name: &str, rest: &[&Value]| {
        let mut items = vec![json!({ "const": name })];
        items.extend(rest.iter().map(|schema| (*schema).clone()));
        json!({ "type": "array", "items": items, "minItems": items.len(), "maxItems": items.len() })
    };
    // Index and value, and more of both.
    let mut set = op("set", &[&text, &kind_schema(Integer), &kind_schema(Integer)]);
    set["additionalItems"] = kind_schema(Integer);
    if let Some(set) = set.as_object_mut() {
        set.remove("maxItems");
    }
    json!({ "oneOf": [
        op("cell", &[&text, &any]),
        op("put", &[&text, &key, &any]),
        op("del", &[&text, &key]),
        set,
        op("log", &[&text, &kind_schema(Integer), &any]),
        op("signal", &[&text, &any]),
    ]})
}
