//! A board without somebody's words. What they drew stays, without a name; of what they wrote the length stays, because
//! sums over bytes must go on adding up.

use houseful_room::AccountId;
use serde_json::{Map, Value};

/// What an item, or a deed that can be undone, becomes. A deed that changed words does not say whose they were: all
/// such lose them, and then cannot be undone any more.
pub(super) fn erase(account: AccountId, shape: &str, value: &str) -> Option<String> {
    if !value.contains("\"text\":") || !matches!(shape, "items" | "deeds") {
        return None;
    }
    let before: Value = serde_json::from_str(value).ok()?;
    let mut after = before.clone();
    blank(&mut after, account, shape == "deeds");
    (after != before).then(|| after.to_string())
}

/// `is_loose`: whether words that are no item's are meant too.
fn blank(value: &mut Value, account: AccountId, is_loose: bool) {
    match value {
        Value::Array(parts) => parts.iter_mut().for_each(|part| blank(part, account, is_loose)),
        Value::Object(fields) => {
            let by = fields.get("by").and_then(Value::as_u64);
            if by == Some(account.0) || is_loose && by.is_none() {
                blank_text(fields);
            }
            fields.values_mut().for_each(|part| blank(part, account, is_loose));
        }
        _ => {}
    }
}

fn blank_text(fields: &mut Map<String, Value>) {
    if let Some(text @ Value::String(_)) = fields.get_mut("text") {
        // As many bytes of JSON as it had, the quotes aside.
        let bytes = text.to_string().len() - 2;
        *text = "-".repeat(bytes).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::deeds::{Deed, Patch, Step};
    use crate::board::item::{Figure, Item, Kind};

    fn item(by: u64) -> Item {
        let text = Some("\"wörd\"".to_owned());
        let figure = Figure { kind: Kind::Text, points: vec![1, 2], text, ..Figure::default() };
        Item { by: AccountId(by), z: 1, figure }
    }

    #[test]
    fn words_go_and_their_bytes_stay() {
        let text = serde_json::to_string(&item(7)).unwrap();
        let erased = erase(AccountId(7), "items", &text).unwrap();
        let after: Item = serde_json::from_str(&erased).unwrap();
        assert!(!erased.contains("rd"));
        assert_eq!(after.bytes("a"), item(7).bytes("a"));
        assert_eq!(erase(AccountId(8), "items", &text), None, "somebody else's");
        assert_eq!(erase(AccountId(7), "items", &erased), None, "nothing is left to do");
    }

    #[test]
    fn deeds_keep_no_words_that_may_be_theirs() {
        let patch = Patch { text: Some("words".into()), ..Patch::default() };
        for step in [
            Step::Restore(vec![("a".into(), item(7))]),
            Step::Set("a".into(), patch.clone(), patch),
        ] {
            let deed = Deed { by: AccountId(9), undone: false, step };
            let text = serde_json::to_string(&deed).unwrap();
            let erased = erase(AccountId(7), "deeds", &text).unwrap();
            let after: Deed = serde_json::from_str(&erased).unwrap();
            assert!(!erased.contains("rds") && !erased.contains("wör"), "{erased}");
            assert_eq!(after.bytes(), deed.bytes());
        }
        let other = Step::Restore(vec![("a".into(), item(8))]);
        let deed = Deed { by: AccountId(9), undone: false, step: other };
        assert_eq!(erase(AccountId(7), "deeds", &serde_json::to_string(&deed).unwrap()), None);
    }
}
