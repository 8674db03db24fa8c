//! Which web pages may use the server from a browser. A request without an origin is no page's.

use super::forwarded::Scheme;
use crate::config::Config;
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

/// Whether the request is of no web page, of our own, or of one on the list. Scheme, host and port
/// are compared as a whole, never a part of them.
pub fn is_allowed(config: &Config, scheme: Scheme, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else { return !is_cross_site(headers) };
    let Ok(origin) = origin.to_str() else { return false };
    if origins.next().is_some() {
        return false;
    }
    let is_listed = config.allowed_origins.iter().any(|allowed| allowed == origin);
    is_listed || (is_own(config, scheme, headers, origin) && !is_cross_site(headers))
}

/// Whether the request is of no web page, of one at the very address that it was made to, or of one on the list: for
/// listeners that have a page of their own beside the public one.
pub fn is_of_here(config: &Config, scheme: Scheme, headers: &HeaderMap) -> bool {
    is_allowed(&Config { public_url: None, ..config.clone() }, scheme, headers)
}

/// With a public address, that; without one, the address that the browser itself used. Its scheme is a
/// part of it: who can change what is served plainly at our name may not speak for what is by TLS.
fn is_own(config: &Config, scheme: Scheme, headers: &HeaderMap, origin: &str) -> bool {
    if let Some(public) = &config.public_url {
        return public == origin;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    !host.is_empty() && origin.strip_prefix(scheme.prefix()).is_some_and(|rest| rest == host)
}

/// What the browser says of the page; `none` is a person's own doing, such as a bookmark.
fn is_cross_site(headers: &HeaderMap) -> bool {
    let said = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    said.is_some_and(|said| said != b"same-origin" && said != b"none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(config: &Config, headers: &[(&'static str, &str)]) -> bool {
        allowed_by(config, Scheme::Http, headers)
    }

    fn allowed_by(config: &Config, scheme: Scheme, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        is_allowed(config, scheme, &map)
    }

    #[test]
    fn only_our_own_and_listed_pages() {
        let config = Config {
            public_url: Some("https://app.example.com".to_owned()),
            allowed_origins: vec!["https://box.example.com:8443".to_owned()],
            ..Config::default()
        };
        let from = |origin| allowed(&config, &[("host", "app.example.com"), ("origin", origin)]);
        assert!(from("https://app.example.com"));
        assert!(from("https://box.example.com:8443"));
        for other in [
            "https://evil.com",
            "https://app.example.com.evil.com",
            "https://evilapp.example.com",
            "null",
            "http://app.example.com",
            "https://app.example.com:444",
            "https://box.example.com",
            "",
        ] {
            assert!(!from(other), "{other}");
        }
        assert!(allowed(&config, &[]));
        assert!(!allowed(&config, &[("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&config, &[("sec-fetch-site", "same-site")]));
        assert!(allowed(&config, &[("sec-fetch-site", "none")]));
    }

    #[test]
    fn without_a_public_address_the_host_decides() {
        let config = Config::default();
        let host = ("host", "127.0.0.1:8787");
        assert!(allowed(&config, &[host, ("origin", "http://127.0.0.1:8787")]));
        assert!(!allowed(&config, &[host, ("origin", "http://127.0.0.1:8788")]));
        assert!(!allowed(&config, &[host, ("origin", "http://localhost:8787")]));
        assert!(!allowed(&config, &[("origin", "http://127.0.0.1:8787")]));
        let two = [host, ("origin", "http://127.0.0.1:8787"), ("origin", "http://evil.com")];
        assert!(!allowed(&config, &two));
    }

    #[test]
    fn a_listener_beside_has_pages_of_its_own() {
        let config = Config {
            public_url: Some("https://app.example.com".to_owned()),
            allowed_origins: vec!["https://box.example.com".to_owned()],
            ..Config::default()
        };
        let from = |origin: &str| {
            let mut map = HeaderMap::new();
            map.append(HOST, "app.example.com:8089".parse().unwrap());
            map.append(ORIGIN, origin.parse().unwrap());
            is_of_here(&config, Scheme::Https, &map)
        };
        assert!(from("https://app.example.com:8089") && from("https://box.example.com"));
        assert!(!from("https://app.example.com") && !from("http://app.example.com:8089"));
    }

    #[test]
    fn without_a_public_address_the_scheme_is_the_browsers() {
        let config = Config::default();
        for (scheme, other) in [(Scheme::Http, Scheme::Https), (Scheme::Https, Scheme::Http)] {
            let of = |scheme: Scheme| format!("{}tickets.example.com", scheme.prefix());
            let from = |origin: &str| {
                allowed_by(&config, scheme, &[("host", "tickets.example.com"), ("origin", origin)])
            };
            assert!(from(&of(scheme)), "{scheme:?}");
            assert!(!from(&of(other)), "{scheme:?}");
        }
    }
}
