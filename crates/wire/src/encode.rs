//! Writes the server's frames. State comes as JSON text that was encoded once per audience and is shared;
//! it is copied into the frame and never parsed again.

use crate::code::Refusal;
use crate::decode::BadFrame;
use crate::frame::{Ref, ServerFrame};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use uuid::Uuid;

impl ServerFrame<'_> {
    /// The frame as text. For frames that carry state, the functions beside it are faster.
    pub fn encode(&self) -> String {
        // Writing to memory cannot fail, and no field has a type that JSON lacks.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// `ops`, from fragments that [`encode_fragment`] made.
pub fn encode_ops(room: &str, fragments: &[impl AsRef<str>]) -> String {
    let mut out = String::with_capacity(40 + room.len() + text_len(fragments));
    out.push_str(r#"{"t":"ops","room":"#);
    push_string(&mut out, room);
    out.push_str(r#","fragments":"#);
    push_array(&mut out, fragments);
    out.push('}');
    out
}

/// A value of `live`: what is shown, whose it is, and its JSON or none if it is shown no longer.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// What is shown.
    pub shape: &'a str,
    /// Whose it is.
    pub account: u64,
    /// The session that it goes with.
    pub session: u64,
    /// JSON text.
    pub value: Option<&'a str>,
}

/// `live`, with all values or with those that changed.
pub fn encode_live<'a>(
    room: &str,
    is_all: bool,
    values: impl IntoIterator<Item = Shown<'a>>,
) -> String {
    let mut out = String::from(r#"{"t":"live","room":"#);
    push_string(&mut out, room);
    out.push_str(if is_all { r#","all":true,"values":["# } else { r#","values":["# });
    for (nth, Shown { shape, account, session, value }) in values.into_iter().enumerate() {
        out.push_str(if nth == 0 { "[" } else { ",[" });
        push_string(&mut out, shape);
        let value = value.unwrap_or("null");
        push(&mut out, format_args!(",{account},{session},{value}]"));
    }
    out.push_str("]}");
    out
}

/// A fragment of `ops` or `joined`; `ops` is a JSON array.
pub fn encode_fragment(aud: &str, prev: u64, seq: u64, ops: &str) -> String {
    let mut out = String::with_capacity(64 + aud.len() + ops.len());
    out.push_str(r#"{"aud":"#);
    push_string(&mut out, aud);
    push(&mut out, format_args!(r#","prev":{prev},"seq":{seq},"ops":{ops}}}"#));
    out
}

/// A part of `joined`; `shapes` is a JSON object from shape names to their content.
pub fn encode_part(aud: &str, shapes: &str) -> String {
    let mut out = String::with_capacity(32 + aud.len() + shapes.len());
    out.push_str(r#"{"aud":"#);
    push_string(&mut out, aud);
    push(&mut out, format_args!(r#","shapes":{shapes}}}"#));
    out
}

/// What `joined` says about the room and the one who joined.
#[derive(Clone, Copy, Debug)]
pub struct Joined<'a> {
    /// The request.
    pub reference: Ref,
    /// The room, as the client named it.
    pub room: &'a str,
    /// The application that it runs.
    pub app: &'a str,
    /// The application's version.
    pub version: u32,
    /// Identity of its history.
    pub epoch: Uuid,
    /// For commands.
    pub term: u64,
    /// The position.
    pub seq: u64,
    /// What one is in this room.
    pub role: &'a str,
}

/// What brings a client's copy to the position.
#[derive(Clone, Copy, Debug)]
pub enum Catchup<'a, T> {
    /// Snapshots, one per audience, which replace the copy.
    Parts(&'a [T]),
    /// What was missed.
    Fragments(&'a [T]),
}

/// `joined`, from parts or fragments that are text already.
pub fn encode_joined(joined: &Joined<'_>, catchup: Catchup<'_, impl AsRef<str>>) -> String {
    let (key, texts) = match catchup {
        Catchup::Parts(parts) => ("parts", parts),
        Catchup::Fragments(fragments) => ("fragments", fragments),
    };
    let Joined { reference, room, app, version, epoch, term, seq, role } = *joined;
    let mut out = String::with_capacity(256 + room.len() + text_len(texts));
    push(&mut out, format_args!(r#"{{"t":"joined","ref":{reference},"room":"#));
    push_string(&mut out, room);
    out.push_str(r#","app":"#);
    push_string(&mut out, app);
    push(
        &mut out,
        format_args!(r#","version":{version},"epoch":"{epoch}","term":{term},"seq":{seq},"role":"#),
    );
    push_string(&mut out, role);
    push(&mut out, format_args!(r#","{key}":"#));
    push_array(&mut out, texts);
    out.push('}');
    out
}

/// `ok`; `body` is JSON text.
pub fn encode_ok(reference: Ref, seq: Option<u64>, body: Option<&str>) -> String {
    let mut out = String::with_capacity(64 + body.map_or(0, str::len));
    push(&mut out, format_args!(r#"{{"t":"ok","ref":{reference}"#));
    if let Some(seq) = seq {
        push(&mut out, format_args!(r#","seq":{seq}"#));
    }
    if let Some(body) = body {
        push(&mut out, format_args!(r#","body":{body}"#));
    }
    out.push('}');
    out
}

/// What `refused` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused<'a> {
    /// The request, if it could be read.
    pub reference: Option<Ref>,
    /// For machines; an application's codes are its own.
    pub code: &'a str,
    /// For people.
    pub message: Cow<'a, str>,
    /// When it may be worth another try.
    pub retry_after_ms: Option<u64>,
    /// What is wrong with which field.
    pub fields: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    /// What the application adds, JSON text.
    pub details: Option<&'a str>,
}

impl Refused<'_> {
    /// A refusal of the table with its own text.
    pub fn new(reference: Option<Ref>, code: Refusal) -> Self {
        Refused {
            reference,
            code: code.code(),
            message: Cow::Borrowed(code.message()),
            retry_after_ms: None,
            fields: BTreeMap::new(),
            details: None,
        }
    }
}

impl From<BadFrame> for Refused<'static> {
    fn from(bad: BadFrame) -> Self {
        let mut refused = Refused::new(bad.reference, bad.code);
        let wrong = "This is missing or wrong.";
        let fields = bad.fields.into_iter().map(|field| (field.into(), wrong.into()));
        refused.fields = fields.collect();
        refused
    }
}

/// `refused`.
pub fn encode_refused(refused: &Refused<'_>) -> String {
    let frame = ServerFrame::Refused {
        reference: refused.reference,
        code: refused.code,
        message: &refused.message,
        retry_after_ms: refused.retry_after_ms,
        fields: &refused.fields,
        details: None,
    };
    let mut out = frame.encode();
    if let Some(details) = refused.details {
        out.pop();
        push(&mut out, format_args!(r#","details":{details}}}"#));
    }
    out
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // A String takes every write.
    let _ = out.write_fmt(text);
}

/// A JSON string. Names hardly ever need an escape.
fn push_string(out: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

fn push_array(out: &mut String, texts: &[impl AsRef<str>]) {
    out.push('[');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(text.as_ref());
    }
    out.push(']');
}

fn text_len(texts: &[impl AsRef<str>]) -> usize {
    texts.iter().map(|text| text.as_ref().len() + 1).sum()
}
