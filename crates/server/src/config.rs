//! What an operator may set: read once at start, checked, handed down. Nothing reads the
//! environment later.

mod addresses;
mod allowed;
mod calls;
mod dialects;
mod mail;

pub use allowed::{
    AccountLimits, ConnectionLimits, FollowLimits, HttpLimits, LiveLimits, SeatLimits,
};
pub use calls::Calls;
pub use dialects::{
    BookingDialect, ChatDialect, Dialect, DialectAt, Dialects, EventsDialect, LobbyDialect,
    SeatsDialect,
};
pub use mail::{Mail, Security};

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
    /// Where the server listens: one address or several, all for the same.
    #[serde(deserialize_with = "addresses::one_or_several")]
    pub listen: Vec<SocketAddr>,
    /// The folder of the database and of everything else that must outlive the process.
    pub data: PathBuf,
    /// The address that people use, such as `https://tickets.example.org`, if there is a proxy.
    pub public_url: Option<String>,
    /// Web origins besides the server's own that may use it from a browser.
    pub allowed_origins: Vec<String>,
    /// Proxies in front, by address: their word on who is asking (`X-Forwarded-For`) and how
    /// (`X-Forwarded-Proto`) is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How often an address may try what costs us or helps a guesser.
    pub accounts: AccountLimits,
    /// How often one live connection may ask.
    pub live: LiveLimits,
    /// How many connections there may be at once.
    pub connections: ConnectionLimits,
    /// How slow and how frequent HTTP requests may be.
    pub http: HttpLimits,
    /// What people may do at a seat sale.
    pub seats: SeatLimits,
    /// What people may follow.
    pub follows: FollowLimits,
    /// Which other servers may be called.
    pub calls: Calls,
    /// The protocols of older systems that are spoken, each on a listener of its own.
    pub dialects: Dialects,
    /// How mails are sent, if they are.
    pub mail: Option<Mail>,
    /// The listener for those who run the server.
    pub operator: Operator,
    /// The listener that speaks TLS, if there is to be one.
    pub tls: Option<Tls>,
    /// Threads that serve live connections; 0 is one per core.
    pub shards: usize,
    /// What is logged, and how.
    pub log: Log,
}

/// The listener for those who run the server: `/health`, `/ready`, `/metrics`. It asks nobody who they
/// are, so it is for loopback or a network of the operator's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Operator {
    /// Where it listens; port 0 is any that is free.
    pub listen: SocketAddr,
}

/// The listener that speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Where it listens.
    pub listen: SocketAddr,
    /// A PEM file: the certificate, then those that vouch for it.
    pub certificate: PathBuf,
    /// A PEM file: the certificate's private key.
    pub key: PathBuf,
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
    /// `--listen`, as often as it was given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listen: Vec<SocketAddr>,
    /// `--dialect`, as often as it was given.
    #[serde(skip)]
    pub dialects: Vec<DialectAt>,
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
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8787))],
            data: PathBuf::from("data"),
            public_url: None,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            accounts: AccountLimits::default(),
            live: LiveLimits::default(),
            connections: ConnectionLimits::default(),
            http: HttpLimits::default(),
            seats: SeatLimits::default(),
            follows: FollowLimits::default(),
            calls: Calls::default(),
            dialects: Dialects::default(),
            mail: None,
            operator: Operator::default(),
            tls: None,
            shards: 0,
            log: Log::default(),
        }
    }
}

impl Default for Operator {
    fn default() -> Self {
        Operator { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8788)) }
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

    /// For a demo, where everyone comes from one machine and several may run: limits by address and
    /// person are far away, and the operator's listener takes any port.
    pub fn for_demo(self) -> Config {
        let operator = match self.operator == Operator::default() {
            true => Operator { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) },
            false => self.operator,
        };
        Config {
            accounts: self.accounts.for_demo(),
            connections: self.connections.for_demo(),
            dialects: self.dialects.for_demo(),
            http: self.http.for_demo(),
            operator,
            ..self
        }
    }

    /// Threads that serve live connections.
    pub fn shards(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if self.shards == 0 { cores() } else { self.shards }
    }

    /// Whether browsers reach the server by TLS, so that cookies must not travel without.
    pub fn is_https(&self) -> bool {
        self.tls.is_some()
            || self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The name that mails and calendars are unique by.
    pub fn domain(&self) -> String {
        let url = self.public_url.as_deref().unwrap_or("http://houseful.localhost");
        let host = url.split_once("://").map_or(url, |(_, host)| host);
        let end = host.rfind(':').filter(|_| !host.ends_with(']')).unwrap_or(host.len());
        host[..end].trim_matches(['[', ']']).to_owned()
    }

    /// Whom a push service may turn to about this server.
    pub fn contact(&self) -> String {
        match self.public_url.as_ref().filter(|url| url.starts_with("https://")) {
            Some(url) => url.clone(),
            None => format!("mailto:operator@{}", self.domain()),
        }
    }

    /// Every problem of the values as a whole.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        if self.listen.is_empty() {
            problems.push("listen: at least one address is needed".to_owned());
        }
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
        problems.extend(self.live.problems());
        problems.extend(self.connections.problems());
        problems.extend(self.http.problems());
        problems.extend(self.seats.problems());
        problems.extend(self.follows.problems());
        problems.extend(self.calls.problems());
        problems.extend(self.dialects.problems());
        let mail = self.mail.iter();
        problems.extend(mail.flat_map(|mail| mail.problems(self.public_url.is_some())));
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

/// `HOUSEFUL_CONFIG` names the file and `HOUSEFUL_WEB_DIST` speaks to the build: not keys of ours.
fn layers(base: Figment, overrides: &Overrides) -> Figment {
    let variables = Env::prefixed("HOUSEFUL_").ignore(&["config", "web_dist"]).split("__");
    let layered = base.merge(variables).merge(Serialized::defaults(overrides));
    overrides.dialects.iter().fold(layered, |layered, DialectAt { dialect, at }| {
        let key = match dialect {
            Dialect::EventsLive => "dialects.events.live".to_owned(),
            other => format!("dialects.{other}.listen"),
        };
        layered.merge((key.as_str(), at))
    })
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
