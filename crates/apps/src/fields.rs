//! Reads a command's body field by field and gathers all that is wrong with it, so that whoever sent it
//! mends it once. It knows no command.

use houseful_room::{Refusal, body};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Wrong fields that one refusal names, at most: a body of nonsense is not answered at length.
const NAMED_MAX: usize = 20;

/// What is wrong with which field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrong(BTreeMap<String, String>);

impl Wrong {
    /// Names a field, unless something is wrong with it already, or with a part of it.
    pub(crate) fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        let field = field.into();
        let is_part = |known: &String| {
            known.strip_prefix(&field).is_some_and(|rest| rest.starts_with(['[', '.']))
        };
        if self.0.len() < NAMED_MAX && !self.0.keys().any(is_part) {
            self.0.entry(field).or_insert_with(|| reason.into());
        }
    }

    /// Nothing, or everything that is wrong.
    pub(crate) fn none(self) -> Result<(), Refusal> {
        let Some((field, reason)) = self.0.first_key_value() else { return Ok(()) };
        let mut refusal = Refusal::new("invalid_command", format!("{field}: {reason}"));
        refusal.fields = self.0;
        Err(refusal)
    }
}

/// The fields of an object that are not read yet.
pub(crate) struct Fields<'a> {
    prefix: String,
    fields: Map<String, Value>,
    wrong: &'a mut Wrong,
}

/// Reads a body's fields.
pub(crate) fn read<T>(text: &str, with: impl FnOnce(&mut Fields<'_>) -> T) -> Result<T, Refusal> {
    let (read, wrong) = read_on(text, with)?;
    wrong.none().map(|()| read)
}

/// The same where more may be wrong than the body alone can tell: whoever decides goes on with the list.
pub(crate) fn read_on<T>(
    text: &str,
    with: impl FnOnce(&mut Fields<'_>) -> T,
) -> Result<(T, Wrong), Refusal> {
    let fields: Map<String, Value> = body(text)?;
    let mut wrong = Wrong::default();
    let read = of(String::new(), fields, &mut wrong, with);
    Ok((read, wrong))
}

/// The same with an object inside of a body; `place` is where.
pub(crate) fn read_inside<T>(
    place: &str,
    value: Value,
    wrong: &mut Wrong,
    with: impl FnOnce(&mut Fields<'_>) -> T,
) -> Option<T> {
    match value {
        Value::Object(fields) => Some(of(format!("{place}."), fields, wrong, with)),
        _ => {
            wrong.add(place, "this must be an object");
            None
        }
    }
}

fn of<T>(
    prefix: String,
    fields: Map<String, Value>,
    wrong: &mut Wrong,
    with: impl FnOnce(&mut Fields<'_>) -> T,
) -> T {
    let mut fields = Fields { prefix, fields, wrong };
    let read = with(&mut fields);
    let Fields { prefix, fields, wrong } = fields;
    fields.keys().for_each(|name| wrong.add(format!("{prefix}{name}"), "there is no such field"));
    read
}

impl Fields<'_> {
    /// A field that may be missing, or null.
    pub(crate) fn maybe<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.fields.remove(name).filter(|value| !value.is_null())?;
        match body(&value.to_string()) {
            Ok(read) => Some(read),
            Err(refusal) => {
                for (path, reason) in refusal.fields {
                    let path = match path.as_str() {
                        "." => name.to_owned(),
                        path if path.starts_with('[') => format!("{name}{path}"),
                        path => format!("{name}.{path}"),
                    };
                    self.wrong(&path, reason);
                }
                None
            }
        }
    }

    /// A field that must be there. What is wrong is named, and something else is read in its place.
    pub(crate) fn must<T: DeserializeOwned + Default>(&mut self, name: &str) -> T {
        if self.fields.get(name).is_none_or(Value::is_null) {
            self.wrong(name, "this field is missing");
        }
        self.maybe(name).unwrap_or_default()
    }

    /// Whether a field is there.
    pub(crate) fn peek(&self, name: &str) -> bool {
        self.fields.get(name).is_some_and(|value| !value.is_null())
    }

    /// Names a field.
    pub(crate) fn wrong(&mut self, name: &str, reason: impl Into<String>) {
        self.wrong.add(format!("{}{name}", self.prefix), reason);
    }

    /// Each object of a list, read by the same means.
    pub(crate) fn each<T>(
        &mut self,
        name: &str,
        most: usize,
        with: impl Fn(&mut Fields<'_>) -> T,
    ) -> Vec<T> {
        let list: Vec<Value> = self.must(name);
        if list.is_empty() || list.len() > most {
            self.wrong(name, format!("name between 1 and {most}"));
            return Vec::new();
        }
        let mut read = Vec::with_capacity(list.len());
        for (nth, value) in list.into_iter().enumerate() {
            let place = format!("{}{name}[{nth}]", self.prefix);
            read.extend(read_inside(&place, value, self.wrong, &with));
        }
        read
    }

    /// Words that people read: some, but not too many, without control characters but the end of a line.
    pub(crate) fn words(&mut self, name: &str, most: usize) -> String {
        let text: String = self.must(name);
        let text = text.trim();
        let count = text.chars().count();
        if !(1..=most).contains(&count) {
            self.wrong(name, format!("between 1 and {most} characters, not {count}"));
        }
        if let Some(at) = text.chars().position(|c| c.is_control() && c != '\n') {
            self.wrong(name, format!("character {} is a control character", at + 1));
        }
        text.to_owned()
    }
}
