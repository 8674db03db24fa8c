//! What an operator may set: read once at start, checked, handed down. Nothing reads the
//! environment later.

use crate::limits;
use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The file in the data folder that is read if no other is named.
pub const FILE_NAME: &str = "houseful.toml";

/// Everything that can be set. Later sources win: defaults, the file, `HOUSEFUL_*` variables (two
/// underscores between a section and its key), the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The folder of the database and of everything else that must outlive the process.
    pub data: PathBuf,
    /// The address that people use, such as `https://tickets.example.org`, if there is a proxy.
    pub public_url: Option<String>,
    /// Web origins besides the server's own that may use it from a browser.
    pub allowed_origins: Vec<String>,
    /// Proxies in front, by address: their word (`X-Forwarded-For`) on who is asking is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How often an address may try what costs us or helps a guesser.
    pub accounts: AccountLimits,
    /// How often one live connection may ask.
    pub live: LiveLimits,
    /// Threads that serve live connections; 0 is one per core.
    pub shards: usize,
    /// What is logged, and how.
    pub log: Log,
}

/// How often one live connection may ask (R35).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LiveLimits {
    /// Requests a minute in the long run.
    pub requests_per_minute: u32,
    /// Requests at once after a pause.
    pub requests_burst: u32,
}

/// How often an address (IPv6: its /64) may try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountLimits {
    /// Sign-ins per minute from one address to one account.
    pub sign_in_per_minute_account: u32,
    /// Sign-ins per minute from one address.
    pub sign_in_per_minute_address: u32,
    /// Sign-ups per hour from one address.
    pub sign_up_per_hour_address: u32,
    /// Refreshes per minute from one address; a hall full of people may share one.
    pub refresh_per_minute_address: u32,
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// Which lines, in the notation of `tracing`, such as `info,houseful=debug`.
    pub filter: String,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the command line said.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Overrides {
    /// `--data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// `--listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// `--config`.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

/// Why the configuration cannot be used: every problem that was found, one a line.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be used:\n  {}", .0.join("\n  "))]
pub struct ConfigError(pub Vec<String>);

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)),
            data: PathBuf::from("data"),
            public_url: None,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            accounts: AccountLimits::default(),
            live: LiveLimits::default(),
            shards: 0,
            log: Log::default(),
        }
    }
}

impl Default for LiveLimits {
    fn default() -> Self {
        LiveLimits { requests_per_minute: 120, requests_burst: 60 }
    }
}

impl Default for AccountLimits {
    fn default() -> Self {
        AccountLimits {
            sign_in_per_minute_account: 5,
            sign_in_per_minute_address: 30,
            sign_up_per_hour_address: 5,
            refresh_per_minute_address: 300,
        }
    }
}

impl AccountLimits {
    /// For a demo, where everyone comes from one machine: at least these.
    pub fn for_demo(self) -> AccountLimits {
        AccountLimits {
            sign_in_per_minute_account: self.sign_in_per_minute_account.max(1_000),
            sign_in_per_minute_address: self.sign_in_per_minute_address.max(1_000),
            sign_up_per_hour_address: self.sign_up_per_hour_address.max(1_000),
            refresh_per_minute_address: self.refresh_per_minute_address.max(1_000),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

impl Config {
    /// Reads all sources and checks the result.
    pub fn load(overrides: &Overrides) -> Result<Config, ConfigError> {
        let config = Self::from_sources(&Self::file(overrides)?, overrides)?;
        config.check()?;
        Ok(config)
    }

    /// The file that is read if it exists; one that is named must.
    pub fn file(overrides: &Overrides) -> Result<PathBuf, ConfigError> {
        match &overrides.file {
            Some(named) if named.is_file() => Ok(named.clone()),
            Some(named) => Err(ConfigError(vec![format!("{} cannot be read", named.display())])),
            None => {
                let defaults = Figment::from(Serialized::defaults(Config::default()));
                let data = layers(defaults, overrides).extract_inner::<PathBuf>("data");
                Ok(data.map_err(|error| explain(&error))?.join(FILE_NAME))
            }
        }
    }

    /// Threads that serve live connections.
    pub fn shards(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if self.shards == 0 { cores() } else { self.shards }
    }

    /// Whether browsers reach the server by TLS, so that cookies must not travel without.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// Every problem of the values as a whole.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        if let Some(url) = &self.public_url
            && !is_origin(url)
        {
            problems.push(format!("public_url: `{url}` is not of the form https://name[:port]"));
        }
        for origin in self.allowed_origins.iter().filter(|origin| !is_origin(origin)) {
            problems.push(format!(
                "allowed_origins: `{origin}` is not of the form https://name[:port]"
            ));
        }
        problems.extend(self.accounts.problems());
        for (name, value) in [
            ("requests_per_minute", self.live.requests_per_minute),
            ("requests_burst", self.live.requests_burst),
        ] {
            if !(1..=60_000).contains(&value) {
                problems.push(format!("live.{name}: must be 1 to 60,000"));
            }
        }
        if self.shards > limits::SHARDS_MAX {
            problems.push(format!("shards: must be at most {}", limits::SHARDS_MAX));
        }
        if self.data.as_os_str().is_empty() {
            problems.push("data: the name of a folder is missing".to_owned());
        }
        if problems.is_empty() { Ok(()) } else { Err(ConfigError(problems)) }
    }

    fn from_sources(file: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
        let mut base = Figment::from(Serialized::defaults(Config::default()));
        if file.is_file() {
            base = base.merge(Toml::file_exact(file));
        }
        layers(base, overrides).extract().map_err(|error| explain(&error))
    }
}

impl AccountLimits {
    fn problems(&self) -> Vec<String> {
        [
            ("sign_in_per_minute_account", self.sign_in_per_minute_account),
            ("sign_in_per_minute_address", self.sign_in_per_minute_address),
            ("sign_up_per_hour_address", self.sign_up_per_hour_address),
            ("refresh_per_minute_address", self.refresh_per_minute_address),
        ]
        .into_iter()
        .filter(|(_, value)| *value == 0)
        .map(|(name, _)| format!("accounts.{name}: must be at least 1"))
        .collect()
    }
}

/// `HOUSEFUL_CONFIG` names the file and `HOUSEFUL_WEB_DIST` speaks to the build: not keys of ours.
fn layers(base: Figment, overrides: &Overrides) -> Figment {
    let variables = Env::prefixed("HOUSEFUL_").ignore(&["config", "web_dist"]).split("__");
    base.merge(variables).merge(Serialized::defaults(overrides))
}

fn explain(error: &figment::Error) -> ConfigError {
    let line = |one: figment::Error| {
        let source = one.metadata.as_ref().map(|from| match &from.source {
            Some(source) => format!(" (in {source})"),
            None => " (from a HOUSEFUL_ variable)".to_owned(),
        });
        let key = one.path.join(".");
        let colon = if key.is_empty() { "" } else { ": " };
        let what = match &one.kind {
            Kind::UnknownField(_, known) => {
                format!("there is no such setting; there are {}", known.join(", "))
            }
            other => other.to_string(),
        };
        format!("{key}{colon}{what}{}", source.unwrap_or_default())
    };
    ConfigError(error.clone().into_iter().map(line).collect())
}

/// Scheme, host and port, nothing after: what a browser sends as `Origin`.
fn is_origin(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    !host.is_empty() && host.chars().all(fits) && !host.chars().any(|c| c.is_ascii_uppercase())
}
