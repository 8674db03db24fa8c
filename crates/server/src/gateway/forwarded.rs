//! Whose request it is, and how it came, when a proxy hands it on. Only proxies that the operator named are
//! believed; what anyone else says of an address or a scheme changes nothing.

use axum::http::{Extensions, HeaderMap, HeaderValue};
use std::net::IpAddr;

/// The header that proxies append the address to which they speak.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The header in which a proxy says what the client speaks with it.
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// What the client's browser calls the way that it came; the accept loop puts it into the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// Plainly.
    #[default]
    Http,
    /// By TLS, of ours or of a proxy's.
    Https,
}

impl Scheme {
    /// That of a request.
    pub fn of(extensions: &Extensions) -> Scheme {
        extensions.get().copied().unwrap_or_default()
    }

    /// What an address of it begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Scheme::Http => "http://",
            Scheme::Https => "https://",
        }
    }
}

/// The client's scheme: what is spoken with the peer, or, if that is a trusted proxy, what it says, once and
/// clearly.
pub fn scheme(spoken: Scheme, peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> Scheme {
    if !trusted.contains(&peer.to_canonical()) {
        return spoken;
    }
    let mut said = headers.get_all(FORWARDED_PROTO).iter().map(HeaderValue::as_bytes);
    match (said.next(), said.next()) {
        (Some(b"http"), None) => Scheme::Http,
        (Some(b"https"), None) => Scheme::Https,
        _ => spoken,
    }
}

/// The client's address: the peer's, or, if that is a trusted proxy, the last address in the chain that is
/// not one.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let mut client = peer.to_canonical();
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    let mut chain = lines.iter().flat_map(|line| line.split(',')).rev();
    while trusted.contains(&client) {
        let before = chain.next().and_then(|text| text.trim().parse::<IpAddr>().ok());
        let Some(before) = before else { break };
        client = before.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let trusted = [ip("127.0.0.1"), ip("10.0.0.1")];
        let headers = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().expect("a header"));
            }
            headers
        };
        for (peer, lines, client_is) in [
            ("203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
            ("127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["9.9.9.9, 198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["9.9.9.9", "198.51.100.1, 10.0.0.1"], "198.51.100.1"),
            ("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["nonsense"], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
        ] {
            assert_eq!(client(ip(peer), &headers(lines), &trusted), ip(client_is), "{lines:?}");
        }
        assert_eq!(client(ip("127.0.0.1"), &headers(&["1.2.3.4"]), &[]), ip("127.0.0.1"));
    }

    #[test]
    fn a_scheme_is_what_is_spoken_or_what_a_named_proxy_says_clearly() {
        use Scheme::{Http, Https};
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let trusted = [ip("127.0.0.1")];
        for (spoken, peer, said, scheme_is) in [
            (Http, "127.0.0.1", &["https"][..], Https),
            (Http, "::ffff:127.0.0.1", &["https"], Https),
            (Https, "127.0.0.1", &["http"], Http),
            (Http, "203.0.113.9", &["https"], Http),
            (Https, "203.0.113.9", &["http"], Https),
            (Http, "127.0.0.1", &["https", "http"], Http),
            (Http, "127.0.0.1", &["https, http"], Http),
            (Http, "127.0.0.1", &["wss"], Http),
            (Http, "127.0.0.1", &[], Http),
            (Https, "127.0.0.1", &[], Https),
        ] {
            let mut headers = HeaderMap::new();
            for line in said {
                headers.append(FORWARDED_PROTO, line.parse().expect("a header"));
            }
            let is = scheme(spoken, ip(peer), &headers, &trusted);
            assert_eq!(is, scheme_is, "{spoken:?} {peer} {said:?}");
        }
    }
}
