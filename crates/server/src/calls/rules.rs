//! Where one may call, as far as an address says it: HTTPS, a port of the list, a name or a plainly written public
//! address. What the name leads to is checked when it is called. Pure.

use super::address::is_public;
use crate::config::Calls;
use crate::limits::CALL_URL_CHARS_MAX;
use reqwest::Url;
use std::net::IpAddr;

/// Names that never lead to the public net.
const INNER_NAMES: &[&str] =
    &["localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa", "onion"];

/// Where calls may go.
#[derive(Clone, Debug)]
pub struct Rules {
    ports: Vec<u16>,
    loopback: bool,
}

impl Rules {
    /// As the operator has set it.
    pub fn new(calls: &Calls) -> Rules {
        Rules { ports: calls.ports.clone(), loopback: calls.loopback }
    }

    /// Whether a call may go to this address of the net.
    pub(super) fn is_open(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.loopback && ip.is_loopback()
    }

    /// The address, if one may call there.
    pub(super) fn check(&self, text: &str) -> Result<Url, &'static str> {
        if text.chars().count() > CALL_URL_CHARS_MAX {
            return Err("This address is too long.");
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err("This is no address.");
        }
        let url = Url::parse(text).map_err(|_| "This is no address.")?;
        let host = url.host_str().ok_or("This is no address.")?;
        // Whoever watches sees http, and who is called cannot be told: for one's own machine alone.
        let is_here = self.loopback && is_loopback(host);
        if url.scheme() != "https" && !(is_here && url.scheme() == "http") {
            return Err("The address must begin with https://.");
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err("The address must have no user, password or fragment.");
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !is_here && !self.ports.contains(&port) {
            return Err("This port may not be called.");
        }
        check_host(host, written_host(text), is_here)?;
        Ok(url)
    }
}

fn is_loopback(host: &str) -> bool {
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

/// `host` as the parser understands it, which makes addresses of the oddest numbers; `written` as it was typed.
fn check_host(host: &str, written: &str, is_here: bool) -> Result<(), &'static str> {
    let (bare, own) = (host.trim_matches(['[', ']']), "This address is not on the public net.");
    match bare.parse::<IpAddr>() {
        Ok(ip) if !is_here && !is_public(ip) => Err(own),
        Ok(IpAddr::V4(_)) if host != written => Err("Write the address as four decimal numbers."),
        Ok(_) => Ok(()),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            let is_inner = |end: &&str| name.strip_suffix(*end).is_some_and(is_end_of_label);
            // A name of one label means a neighbour.
            let is_own = !name.contains('.') || INNER_NAMES.iter().any(is_inner);
            if is_own && !is_here { Err(own) } else { Ok(()) }
        }
    }
}

fn is_end_of_label(rest: &str) -> bool {
    rest.is_empty() || rest.ends_with('.')
}

/// What stands between `//` and the port or path.
fn written_host(text: &str) -> &str {
    let rest = text.split_once("//").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(loopback: bool) -> Rules {
        Rules { ports: vec![443, 8443], loopback }
    }

    #[test]
    fn thirty_ways_into_the_house_are_closed() {
        let hostile = [
            "http://example.org/hook",
            "ftp://example.org/",
            "file:///etc/passwd",
            "gopher://example.org:443/",
            "https://example.org:22/",
            "https://example.org:80/",
            "https://user:secret@example.org/",
            "https://user@127.0.0.1/",
            "https://example.org/#there",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0x7f.0.0.1/",
            "https://017700000001/",
            "https://134744072/",
            "https://0x8.8.8.8/",
            "https://010.8.8.8/",
            "https://0/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[::]/",
            "https://[fe80::1]/",
            "https://[fd00:ec2::254]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:7f00:1::]/",
            "https://169.254.169.254/",
            "https://metadata.google.internal/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://printer/",
            "https://printer.local/",
            "https://10.0.0.1:8443/",
            "https://①②⑦.0.0.1/",
            "https://127。0。0。1/",
            "https://example.org\\@127.0.0.1/",
            "https://exam ple.org/",
            "https:///nowhere",
            "//example.org/",
            "example.org",
            "",
            "javascript:alert(1)",
            "https://",
        ];
        for text in hostile {
            assert!(rules(false).check(text).is_err(), "{text}");
        }
        assert!(rules(false).check(&format!("https://example.org/{}", "a".repeat(2_048))).is_err());
    }

    #[test]
    fn the_public_net_is_open() {
        for text in [
            "https://example.org/hook?a=b",
            "https://example.org:8443/",
            "https://8.8.8.8/",
            "https://8.8.8.8:8443/x",
            "https://[2606:4700:4700::1111]/",
            "https://bücher.example/",
            "https://local.example/",
            "https://notlocalhost.example.org./",
        ] {
            assert!(rules(false).check(text).is_ok(), "{text}: {:?}", rules(false).check(text));
        }
    }

    #[test]
    fn ones_own_machine_is_open_where_the_operator_tries_things_out() {
        for text in ["http://127.0.0.1:4711/", "http://localhost:80/", "https://[::1]:9/x"] {
            assert!(rules(true).check(text).is_ok(), "{text}");
            assert!(rules(false).check(text).is_err(), "{text}");
        }
        for text in [
            "http://example.org/",
            "https://10.0.0.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://2130706433/",
            "http://127.1/",
        ] {
            assert!(rules(true).check(text).is_err(), "{text}");
        }
    }
}
