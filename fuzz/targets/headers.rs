//! Request headers that are read by our own code, one a line: whose request it is, which page it is of, its
//! cookie, an upgrade.
#![no_main]

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use houseful::config::Config;
use houseful::gateway::forwarded::{self, Scheme};
use houseful::gateway::{api::auth::refresh_cookie, origin};
use houseful_wire::ws::{Upgrade, validate_upgrade};
use libfuzzer_sys::fuzz_target;
use std::net::{IpAddr, Ipv4Addr};

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
const PUBLIC: &str = "https://app.example.com";

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(64) {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..at]);
        let value = HeaderValue::from_bytes(line[at + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    assert_eq!(forwarded::client(STRANGER, &headers, &[PROXY]), STRANGER);
    let client = forwarded::client(PROXY, &headers, &[PROXY]);
    let is_said = headers.contains_key("x-forwarded-for");
    assert!(client == PROXY || is_said, "{client} comes from nowhere");

    let config = Config { public_url: Some(PUBLIC.to_owned()), ..Config::default() };
    let page = headers.get(header::ORIGIN);
    for scheme in [Scheme::Http, Scheme::Https] {
        if origin::is_allowed(&config, scheme, &headers) {
            assert!(page.is_none_or(|page| page == PUBLIC), "{page:?}");
        }
        let _ = origin::is_allowed(&Config::default(), scheme, &headers);
    }

    if let Some(cookie) = refresh_cookie(&headers) {
        assert!(!cookie.contains(';'));
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let request = Upgrade {
        method: "GET",
        connection: text(header::CONNECTION),
        upgrade: text(header::UPGRADE),
        version: text(header::SEC_WEBSOCKET_VERSION),
        key: text(header::SEC_WEBSOCKET_KEY),
        protocol: text(header::SEC_WEBSOCKET_PROTOCOL),
    };
    if let Ok(accept) = validate_upgrade(&request, Some("houseful.v1")) {
        assert_eq!(accept.len(), 28);
    }
});
