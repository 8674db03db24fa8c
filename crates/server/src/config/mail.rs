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

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            host: "smtp.example.org".into(),
            port: None,
            security: Security::StartTls,
            user: Some("box".into()),
            password: Some("canary".into()),
            from: "Box office <box@example.org>".into(),
        }
    }

    #[test]
    fn a_password_is_read_and_never_shown() {
        let text = "host = \"h\"\nuser = \"u\"\npassword = \"canary\"\nfrom = \"a@b.org\"";
        let read: Mail = toml::from_str(text).unwrap();
        assert_eq!((read.password.as_deref(), read.security), (Some("canary"), Security::StartTls));
        for shown in [toml::to_string(&read).unwrap(), format!("{read:?}")] {
            assert!(!shown.contains("canary"), "{shown}");
        }
    }

    #[test]
    fn each_problem_is_named() {
        assert_eq!(mail().problems(true), [""; 0]);
        assert_eq!((mail().port(), Mail { security: Security::Tls, ..mail() }.port()), (587, 465));
        let wrong = [
            (Mail { host: String::new(), ..mail() }, "mail.host"),
            (Mail { from: "Box\r\nBcc: x@y.org".into(), ..mail() }, "mail.from"),
            (Mail { password: None, ..mail() }, "mail.password"),
            (Mail { security: Security::None, ..mail() }, "mail.security"),
        ];
        for (mail, name) in wrong {
            let problems = mail.problems(true);
            assert!(problems.len() == 1 && problems[0].contains(name), "{problems:?}");
        }
        let here = Mail { host: "127.0.0.1".into(), security: Security::None, ..mail() };
        assert_eq!(here.problems(true), [""; 0]);
        assert!(here.problems(false)[0].contains("public_url"));
    }
}
