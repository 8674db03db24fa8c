//! Taking somebody's words out of what is stored. It writes values over in place: no op, seq or audience changes, so
//! that the room recovered from it is the room that was, without the words.

use crate::entry::{Deed, encode};
use crate::{Audience, Corrupt, Seq, Stored};
use serde_json::value::RawValue;

/// What a value of a shape becomes without somebody's words; none if it has none. Given the shape's name and the
/// value as JSON.
pub type Without<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// An entry without somebody's words.
#[derive(Debug)]
pub struct Erased {
    /// Its body.
    pub body: Vec<u8>,
    /// The rows of logs that it wrote and that had some: log and number.
    pub logged: Vec<(String, u64)>,
}

/// An entry's body without somebody's words; none if it has none.
pub fn erase(body: &[u8], without: Without<'_>) -> Result<Option<Erased>, Corrupt> {
    let stored = Stored::read(body)?;
    let mut groups: Vec<(Audience, Seq, String)> = Vec::new();
    let (mut logged, mut is_changed) = (Vec::new(), false);
    for group in stored.groups() {
        let group = group?;
        let ops: Vec<Vec<&RawValue>> = serde_json::from_str(group.text)?;
        let mut texts = Vec::with_capacity(ops.len());
        for op in &ops {
            texts.push(match erase_op(op, without, &mut logged)? {
                Some(text) => {
                    is_changed = true;
                    text
                }
                None => joined(op.iter().map(|part| part.get())),
            });
        }
        groups.push((group.audience, group.prev, joined(texts.iter().map(String::as_str))));
    }
    let deed = Deed {
        at: stored.at,
        did: &stored.did,
        by: stored.by,
        reply: stored.reply.map(RawValue::get),
    };
    Ok(is_changed.then(|| Erased { body: encode(deed, &groups).to_vec(), logged }))
}

/// An op whose last part is a value that has such words.
fn erase_op(
    op: &[&RawValue],
    without: Without<'_>,
    logged: &mut Vec<(String, u64)>,
) -> Result<Option<String>, Corrupt> {
    let [kind, shape, .., value] = op else { return Ok(None) };
    let kind: &str = serde_json::from_str(kind.get())?;
    let shape: &str = serde_json::from_str(shape.get())?;
    if !matches!(kind, "cell" | "put" | "log" | "signal") {
        return Ok(None);
    }
    let Some(text) = without(shape, value.get()) else { return Ok(None) };
    if kind == "log" {
        logged.push((shape.to_owned(), serde_json::from_str(op[2].get())?));
    }
    let parts = op[..op.len() - 1].iter().map(|part| part.get());
    Ok(Some(joined(parts.chain([text.as_str()]))))
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", parts.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"at":5,"do":"say","by":7,"reply":{"no":1},"ops":[["all",2,[["log","messages",1,{"by":7,"text":"a, [b]"}],["set","seats",3,1,9,0]]],["member:7",0,[["put","mine",7,{"x":1}],["del","mine",8]]]]}"#;

    #[test]
    fn only_the_words_are_others_and_an_entry_without_any_is_left() {
        let none = erase(BODY.as_bytes(), &|_, _| None).expect("an entry");
        assert!(none.is_none());
        let without = |shape: &str, value: &str| {
            (shape == "messages" && value.contains("\"by\":7")).then(|| "{\"by\":7}".to_owned())
        };
        let erased = erase(BODY.as_bytes(), &without).expect("an entry").expect("words");
        let expected = BODY.replace(r#"{"by":7,"text":"a, [b]"}"#, r#"{"by":7}"#);
        assert_eq!(String::from_utf8(erased.body).unwrap(), expected);
        assert_eq!(erased.logged, [("messages".to_owned(), 1)]);
    }
}
