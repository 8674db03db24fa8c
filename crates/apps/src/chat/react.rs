//! Emoji that people put to messages. It knows what one emoji is, and not which are beautiful.

use super::commands::{ReactBody, reply};
use super::{ChatTx, pace, refusal, say};
use crate::guests::keeps_order;
use houseful_room::{Caller, Refusal};
use serde_json::json;

/// Unicode scalar values of one emoji: a family of four has seven.
pub const EMOJI_SCALARS_MAX: usize = 8;
/// Different emoji that one message has.
pub const KINDS_MAX: usize = 20;
/// People who put the same emoji to one message; the row is written anew for each.
pub const PEOPLE_PER_KIND_MAX: usize = 200;

const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// An emoji to a message, or no longer.
pub(super) fn react(tx: &mut ChatTx<'_>, by: &Caller, ask: ReactBody) -> Result<String, Refusal> {
    let ReactBody { no, emoji, on } = ask;
    let mut message = say::find(tx, no)?;
    if !keeps_order(by.role) {
        pace::must_have_voice(tx, by)?;
    }
    let kind = message.reactions.iter().position(|(known, _)| *known == emoji);
    let place = kind.and_then(|kind| {
        let people = &message.reactions[kind].1;
        people.iter().position(|account| *account == by.account)
    });
    match (on, kind, place) {
        (true, _, Some(_)) | (false, _, None) => return reply(&json!({})),
        (false, kind, Some(place)) => {
            let kind = kind.unwrap_or_default();
            message.reactions[kind].1.remove(place);
            message.reactions.retain(|(_, people)| !people.is_empty());
        }
        (true, Some(kind), None) => {
            if message.reactions[kind].1.len() >= PEOPLE_PER_KIND_MAX {
                return Err(refusal::too_many_reactions());
            }
            message.reactions[kind].1.push(by.account);
        }
        (true, None, None) => {
            if message.reactions.len() >= KINDS_MAX {
                return Err(refusal::too_many_reactions());
            }
            message.reactions.push((emoji, vec![by.account]));
        }
    }
    tx.state.name(by.account);
    tx.state.messages.amend(no, message);
    reply(&json!({}))
}

/// Whether this is one emoji: a symbol and what belongs to it, two letters of a flag, or symbols that a
/// zero-width joiner makes one.
pub(super) fn is_emoji(text: &str) -> bool {
    let scalars: Vec<char> = text.chars().collect();
    let Some((first, rest)) = scalars.split_first() else { return false };
    if scalars.len() > EMOJI_SCALARS_MAX {
        return false;
    }
    if is_flag_letter(*first) {
        return matches!(rest, [second] if is_flag_letter(*second));
    }
    if matches!(first, '0'..='9' | '#' | '*') {
        return matches!(rest, ['\u{fe0f}', '\u{20e3}'] | ['\u{20e3}']);
    }
    let mut previous = *first;
    is_symbol(*first)
        && rest.iter().all(|scalar| {
            let joined = previous == ZERO_WIDTH_JOINER && is_symbol(*scalar);
            previous = *scalar;
            joined || extends(*scalar)
        })
        && previous != ZERO_WIDTH_JOINER
}

fn is_flag_letter(scalar: char) -> bool {
    matches!(scalar, '\u{1f1e6}'..='\u{1f1ff}')
}

/// The blocks that have emoji; not every character of them is one, but none is a letter or a space.
fn is_symbol(scalar: char) -> bool {
    matches!(scalar, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{24c2}'
        | '\u{25a0}'..='\u{27bf}' | '\u{2934}' | '\u{2935}' | '\u{2b00}'..='\u{2bff}'
        | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1f1e5}' | '\u{1f200}'..='\u{1f3fa}' | '\u{1f400}'..='\u{1faff}')
}

/// Variation selectors, skin tones, tags of flags, and the joiner.
fn extends(scalar: char) -> bool {
    matches!(scalar, ZERO_WIDTH_JOINER | '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::is_emoji;

    #[test]
    fn one_emoji_is_one_and_nothing_else_is() {
        let family = "👨‍👩‍👧‍👦";
        let flag_of_wales = "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";
        for emoji in ["👍", "👍🏽", "❤️", "1️⃣", "🇩🇪", "🏳️‍🌈", family, flag_of_wales, "☂", "™"]
        {
            assert!(is_emoji(emoji), "{emoji}");
        }
        let long = "👨‍👩‍👧‍👦\u{fe0f}\u{fe0f}";
        for other in
            ["", "a", "1", "👍👍", "👍 ", "🇩", "🇩🇪🇫", "<b>", "\u{200d}", "👍\u{200d}", long]
        {
            assert!(!is_emoji(other), "{other}");
        }
    }
}
