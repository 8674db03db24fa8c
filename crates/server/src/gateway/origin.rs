//! Which pages may speak to the server from a browser: its own, and those on the list. Exact scheme,
//! host and port; no patterns.

use axum::http::{HeaderMap, header};
use houseful_wire::ws::is_origin_allowed;

/// The origins that may use the server from a browser.
#[derive(Clone, Debug)]
pub struct Origins {
    public_url: Option<String>,
    allowed: Vec<String>,
}

impl Origins {
    /// The server's own origin, if it is configured, and the allow-list.
    pub fn new(public_url: Option<String>, allowed: Vec<String>) -> Origins {
        Origins { public_url, allowed }
    }

    /// The allow-list without the server itself.
    pub fn others(&self) -> &[String] {
        &self.allowed
    }

    /// Whether a request may come from where it says it comes from. Without an `Origin` it is not a
    /// browser's cross-origin request.
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        let list = self.allowed.iter().chain(&self.public_url).map(String::as_str);
        is_origin_allowed(origin, list) || (self.public_url.is_none() && is_host(origin, headers))
    }
}

/// Whether the page came from the very address that it now speaks to. Only where no public address is
/// configured: then there is no proxy in front, and `Host` is what the browser was given.
fn is_host(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| origin.strip_prefix("http://") == Some(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: &str, host: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().expect("a header"));
        headers.insert(header::HOST, host.parse().expect("a header"));
        headers
    }

    #[test]
    fn only_the_own_page_and_the_list_may_connect() {
        let listed = vec!["https://app.example.com".to_owned()];
        let plain = Origins::new(None, listed.clone());
        let proxied = Origins::new(Some("https://tickets.example.org".into()), listed);
        let own = "127.0.0.1:8787";
        for (origin, host, on_plain, behind_proxy) in [
            ("http://127.0.0.1:8787", own, true, false),
            ("https://127.0.0.1:8787", own, false, false),
            ("http://127.0.0.1:8788", own, false, false),
            ("http://evil.com", own, false, false),
            ("https://app.example.com", own, true, true),
            ("https://app.example.com.evil.com", own, false, false),
            ("https://evilapp.example.com", own, false, false),
            ("http://app.example.com", own, false, false),
            ("https://tickets.example.org", "tickets.example.org", false, true),
            ("null", own, false, false),
        ] {
            assert_eq!(plain.allow(&headers(origin, host)), on_plain, "{origin}");
            assert_eq!(proxied.allow(&headers(origin, host)), behind_proxy, "{origin} (proxy)");
        }
        assert!(plain.allow(&HeaderMap::new()), "no browser, no origin");
    }
}
