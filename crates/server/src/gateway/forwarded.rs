//! Whose request it is when a proxy hands it on. Only proxies that the operator named are believed;
//! what anyone else says of an address changes nothing.

use axum::http::HeaderMap;
use std::net::IpAddr;

/// The header that proxies append the address to which they speak.
const FORWARDED_FOR: &str = "x-forwarded-for";

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
}
