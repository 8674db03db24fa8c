//! How mails are sent. What it takes to sign in at the mail server is read and used, never shown.

use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The mail server, and who mails are from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its name or address.
    pub host: String,
    /// Its port; by default the one of `security`: 465, 587 or 25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// Who signs in there, if one must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// With what.
    #[serde(default, skip_serializing)]
    pub password: Option<String>,
    /// Who mails are from, such as `Houseful <tickets@example.org>`.
    pub from: String,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS after a greeting, or no mail.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: on this machine alone.
    None,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mail { host, port, security, from, .. } = self;
        let mut text = f.debug_struct("Mail");
        text.field("host", host).field("port", port).field("security", security);
        text.field("from", from).finish_non_exhaustive()
    }
}

impl Mail {
    /// Its port.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::StartTls => 587,
            Security::Tls => 465,
            Security::None => 25,
        })
    }

    /// Who mails are from.
    pub fn sender(&self) -> Option<Mailbox> {
        self.from.parse().ok()
    }

    pub(super) fn problems(&self, has_public_url: bool) -> Vec<String> {
        let is_loopback = match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host == "localhost",
        };
        let problems = [
            (self.host.is_empty(), "mail.host: the name of the mail server is missing"),
            (self.sender().is_none(), "mail.from: is not of the form Name <address@example.org>"),
            (
                self.user.is_some() != self.password.is_some(),
                "mail.user and mail.password: one is of no use without the other",
            ),
            (
                self.security == Security::None && !is_loopback,
                "mail.security: none is for a mail server on this machine alone",
            ),
            (!has_public_url, "mail: public_url must be set, for the links in mails"),
        ];
        problems.into_iter().filter(|(is, _)| *is).map(|(_, text)| text.to_owned()).collect()
    }
}
