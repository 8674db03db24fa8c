//! Whom the address of a connection names. Pure.

use crate::accounts::guest_address;
use axum::http::Uri;
use percent_encoding::percent_decode_str;

/// Whom an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum User {
    /// Nobody.
    Missing,
    /// Nobody who could be called so.
    Unreadable,
    /// Whoever calls themselves so.
    Named(String),
}

/// The user of `…/?user=NAME`, whatever comes before. What comes behind an ampersand is another parameter.
pub(super) fn of(uri: &Uri) -> User {
    let query = uri.query().filter(|_| uri.path().ends_with('/'));
    let Some(user) = query.and_then(|query| query.strip_prefix("user=")) else {
        return User::Missing;
    };
    let user = user.split('&').next().unwrap_or_default();
    // A plus is a plus: browsers write a space in this address as %20.
    let Ok(name) = percent_decode_str(user).decode_utf8() else { return User::Unreadable };
    if name.trim().is_empty() {
        return User::Missing;
    }
    match guest_address(&name) {
        Some(_) => User::Named(name.into_owned()),
        None => User::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(uri: &str) -> User {
        of(&uri.parse().unwrap())
    }

    #[test]
    fn the_name_is_what_the_address_says() {
        for (uri, name) in [
            ("/?user=alice", "alice"),
            ("/foo/?user=alice", "alice"),
            ("/?user=alice&x=1", "alice"),
            ("/?user=a+b", "a+b"),
            ("/?user=J%C3%BCrgen%20M", "Jürgen M"),
            ("/?user=a%26b", "a&b"),
        ] {
            assert_eq!(named(uri), User::Named(name.to_owned()), "{uri}");
        }
    }

    #[test]
    fn who_gives_no_name_is_nobody() {
        for uri in
            ["/", "/?user=", "/?user", "/?user=%20", "/?name=x", "/foo?user=x", "/?x=1&user=y"]
        {
            assert_eq!(named(uri), User::Missing, "{uri}");
        }
        for uri in ["/?user=%ff".to_owned(), format!("/?user={}", "x".repeat(200))] {
            assert_eq!(named(&uri), User::Unreadable, "{uri}");
        }
    }
}
