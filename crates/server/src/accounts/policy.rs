//! What an address, a name and a password may be. One policy everywhere, and no rules on a
//! password's composition.

use super::AccountError;
use crate::limits::{
    EMAIL_BYTES_MAX, EMAIL_LOCAL_BYTES_MAX, NAME_CHARS_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN,
};
use std::collections::HashSet;
use std::sync::LazyLock;

/// In lower case, one a line; shorter ones than are allowed need not be in it.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Trimmed and in lower case; none if it cannot be an address. Whether it is one, only mail shows.
pub fn normal_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let is_sane = email.len() <= EMAIL_BYTES_MAX
        && (1..=EMAIL_LOCAL_BYTES_MAX).contains(&local.len())
        && !local.contains(['@', ',', ';', '<', '>', '"', '\\'])
        && !email.chars().any(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
        && domain.split('.').all(is_label);
    is_sane.then_some(email)
}

/// Without control and direction characters, with single spaces; none if nothing or too much is
/// left. A name can so not reorder the text around it.
pub fn normal_name(text: &str) -> Option<String> {
    let visible: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    let name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    (1..=NAME_CHARS_MAX).contains(&name.chars().count()).then_some(name)
}

/// A name as somebody may choose it: not one that a guest is shown by.
pub(super) fn person_name(text: &str) -> Option<String> {
    normal_name(text).filter(|name| super::guest_name(name).is_none())
}

/// Length, and not what guessers try first: common ones, or the person's own name or address.
pub(super) fn check_password(password: &str, email: &str, name: &str) -> Result<(), AccountError> {
    let length = password.chars().count();
    if length < PASSWORD_CHARS_MIN {
        return Err(AccountError::PasswordTooShort);
    }
    if length > PASSWORD_CHARS_MAX {
        return Err(AccountError::Field("password", "A password has at most 128 characters."));
    }
    let lower = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    let is_own = [email, local, &name.to_lowercase()].contains(&lower.as_str());
    let is_one_character = lower.chars().all(|c| lower.starts_with(c));
    if is_own || is_one_character || COMMON.contains(lower.as_str()) {
        return Err(AccountError::PasswordCommon);
    }
    Ok(())
}

fn is_label(label: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || c == '-';
    (1..=63).contains(&label.len())
        && label.chars().all(fits)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Direction marks and overrides, zero-width space and the like. The joiners stay: scripts and
/// emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{061C}' | '\u{00AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_and_in_lower_case() {
        assert_eq!(normal_email(" Ann.B+x@Example.ORG\n").as_deref(), Some("ann.b+x@example.org"));
        assert_eq!(normal_email("root@localhost").as_deref(), Some("root@localhost"));
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.org",
            "a b@example.org",
            "a@b@example.org",
            "a@-b.org",
            "a@b..org",
            "a@b.org.",
            "a@ex ample.org",
            "a\u{202e}@b.org",
            "<a@b.org>",
            "a,b@c.org",
            "a@b.org\r\nBcc: x@y.org",
            "a\n@b.org",
            &long,
        ] {
            assert_eq!(normal_email(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn names_cannot_turn_the_text_around_them() {
        assert_eq!(normal_name("  Ann \t B\u{7}\u{202e}  ").as_deref(), Some("Ann B"));
        assert_eq!(normal_name("عمر").as_deref(), Some("عمر"));
        assert_eq!(normal_name("👩\u{200d}🚀").as_deref(), Some("👩\u{200d}🚀"));
        assert_eq!(normal_name("\u{200b}\u{2066}\u{2069} \n"), None);
        assert!(normal_name(&"x".repeat(80)).is_some());
        assert!(normal_name(&"x".repeat(81)).is_none());
    }

    #[test]
    fn passwords_are_long_enough_and_not_the_common_ones() {
        let check = |password: &str| check_password(password, "ann.smith@example.org", "Ann Smith");
        assert!(check("correct horse").is_ok());
        assert!(check("ключ-ключ").is_ok());
        assert!(check(&"xy".repeat(64)).is_ok());
        assert!(matches!(check("1234567"), Err(AccountError::PasswordTooShort)));
        assert!(matches!(check(&"xy".repeat(65)), Err(AccountError::Field("password", _))));
        for common in [
            "password",
            "Password1",
            "12345678",
            "QWERTYUIOP",
            "ann.smith",
            "Ann Smith",
            "zzzzzzzzzzz",
            "iloveyou",
            "houseful",
        ] {
            assert!(matches!(check(common), Err(AccountError::PasswordCommon)), "{common}");
        }
    }

    #[test]
    fn the_list_of_common_passwords_is_clean() {
        assert!(COMMON.len() >= 300, "{}", COMMON.len());
        for line in include_str!("common_passwords.txt").lines() {
            assert_eq!(line, line.trim().to_lowercase());
            assert!(line.chars().count() >= PASSWORD_CHARS_MIN, "{line} is too short to matter");
        }
    }
}
