//! Calls to other people's servers: webhooks and push services. An address that somebody typed never leads into the
//! operator's own network, whatever a name resolves to at whatever moment; nothing waits long for an answer.

mod address;
mod resolve;
mod rules;

pub use address::is_public;
pub use resolve::{Lookup, System};
pub use rules::Rules;

use crate::limits::{CALL_ANSWER_BYTES_MAX, CALL_ERROR_CHARS_MAX, CALL_MS_MAX};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use resolve::Checked;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::crypto::ring;

/// Makes calls. Cloning is cheap.
#[derive(Clone)]
pub struct Caller {
    /// None where there are no certificates to know anybody by.
    client: Option<reqwest::Client>,
    rules: Rules,
}

/// What is sent.
pub struct Call<'a> {
    /// Where; checked again here.
    pub url: &'a str,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its beginning, as text.
    pub text: String,
    /// When it says that one may come again.
    pub retry_after: Option<Duration>,
}

/// Why nothing came back; the text is for whoever typed the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCalled {
    /// One does not call there.
    Refused(String),
    /// Nobody answered in time.
    Unreachable(String),
}

impl Caller {
    /// By these rules, with the system's names.
    pub fn new(rules: Rules) -> Caller {
        Caller::with_lookup(rules, Arc::new(System))
    }

    /// The same with names from somewhere else.
    pub fn with_lookup(rules: Rules, lookup: Arc<dyn Lookup>) -> Caller {
        // It fails where one is there already, which is as good.
        let _ = ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(Checked { rules: rules.clone(), lookup }))
            .redirect(Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            // A connection that is kept would be one whose address is checked no more.
            .pool_max_idle_per_host(0)
            .http1_only()
            .timeout(Duration::from_millis(CALL_MS_MAX))
            .user_agent(concat!("Houseful/", env!("CARGO_PKG_VERSION")))
            .build();
        if let Err(error) = &client {
            tracing::warn!(%error, "no calls can be made to other servers");
        }
        Caller { client: client.ok(), rules }
    }

    /// Whether one may call there, as far as the address says it; why not is for whoever typed it.
    pub fn check(&self, url: &str) -> Result<(), String> {
        self.rules.check(url).map(drop).map_err(str::to_owned)
    }

    /// Posts something and reads the beginning of the answer.
    pub async fn post(&self, call: Call<'_>) -> Result<Answer, NotCalled> {
        let url = self.rules.check(call.url).map_err(|why| NotCalled::Refused(why.to_owned()))?;
        let unable = || NotCalled::Unreachable("there are no certificates here".to_owned());
        let client = self.client.as_ref().ok_or_else(unable)?;
        let request = client.post(url).headers(headers(call.headers)).body(call.body);
        let mut response =
            request.send().await.map_err(|error| NotCalled::Unreachable(short(&error)))?;
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = wait.and_then(|text| text.parse().ok()).map(Duration::from_secs);
        let status = response.status().as_u16();
        // What the status says holds, however the rest of the answer goes.
        let mut bytes = Vec::new();
        while bytes.len() < CALL_ANSWER_BYTES_MAX {
            let Ok(Some(chunk)) = response.chunk().await else { break };
            bytes.extend_from_slice(&chunk[..chunk.len().min(CALL_ANSWER_BYTES_MAX - bytes.len())]);
        }
        Ok(Answer { status, text: text(&bytes), retry_after })
    }
}

fn headers(named: Vec<(&'static str, String)>) -> HeaderMap {
    let header = |(name, value): (&'static str, String)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
    };
    named.into_iter().filter_map(header).collect()
}

/// What people can read of some bytes.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What went wrong, from its innermost cause; never where a name led to.
fn short(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string().chars().take(CALL_ERROR_CHARS_MAX).collect()
}
