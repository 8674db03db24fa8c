//! Handing a mail to the mail server. What it takes to sign in there goes in here and nowhere else.

use super::letter::Letter;
use crate::config::{Mail, Security};
use crate::limits::{MAIL_ANSWER_MS_MAX, MAIL_ERROR_CHARS_MAX, MAILS_AT_ONCE};
use crate::store::DueMail;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::{Duration, SystemTime};

/// The way to the mail server.
pub(super) struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mail was not taken; the text is for the admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotSent {
    /// Nobody answered: others would not be taken either.
    Unreachable(String),
    /// This one was not taken, for now.
    Later(String),
    /// This one never will be.
    Never(String),
}

impl Post {
    pub(super) fn new(mail: &Mail, domain: &str) -> anyhow::Result<Post> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let builder = match mail.security {
            Security::StartTls => Transport::starttls_relay(&mail.host)?,
            Security::Tls => Transport::relay(&mail.host)?,
            Security::None => Transport::builder_dangerous(&mail.host),
        };
        let most = u32::try_from(MAILS_AT_ONCE).unwrap_or(u32::MAX);
        let mut builder = builder
            .port(mail.port())
            .hello_name(ClientId::Domain(domain.to_owned()))
            .timeout(Some(Duration::from_millis(MAIL_ANSWER_MS_MAX)))
            .pool_config(PoolConfig::new().max_size(most));
        if let (Some(user), Some(password)) = (&mail.user, &mail.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let from = mail.sender().ok_or_else(|| anyhow::anyhow!("mail.from cannot be used"))?;
        Ok(Post { transport: builder.build(), from })
    }

    /// Hands a mail over. When this answers, the mail server has it.
    pub(super) async fn send(
        &self,
        mail: &DueMail,
        letter: &Letter,
        now: SystemTime,
    ) -> Result<(), NotSent> {
        let message =
            self.message(mail, letter, now).map_err(|error| NotSent::Never(short(&error)))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => {
                Err(NotSent::Never(short(&anyhow::Error::new(error))))
            }
            Err(error) if error.is_transient() => {
                Err(NotSent::Later(short(&anyhow::Error::new(error))))
            }
            Err(error) => Err(NotSent::Unreachable(short(&anyhow::Error::new(error)))),
        }
    }

    fn message(&self, mail: &DueMail, letter: &Letter, now: SystemTime) -> anyhow::Result<Message> {
        let texts = MultiPart::alternative_plain_html(letter.text()?, letter.html()?);
        let mut body = MultiPart::mixed().multipart(texts);
        if let Some((method, file)) = &letter.calendar {
            let kind = format!("text/calendar; charset=utf-8; method={}", method.as_str());
            let file = Attachment::new("event.ics".to_owned())
                .body(file.clone(), ContentType::parse(&kind)?);
            body = body.singlepart(file);
        }
        if let Some((name, pdf)) = &letter.tickets {
            let file = Attachment::new(name.clone())
                .body(pdf.clone(), ContentType::parse("application/pdf")?);
            body = body.singlepart(file);
        }
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.name.clone()), mail.email.parse()?))
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{}>", mail.message_id)))
            .date(now)
            .multipart(body)?;
        for (name, value) in [
            (
                HeaderName::new_from_ascii_str("List-Unsubscribe"),
                format!("<{}>", letter.unsubscribe),
            ),
            (
                HeaderName::new_from_ascii_str("List-Unsubscribe-Post"),
                "List-Unsubscribe=One-Click".to_owned(),
            ),
            (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()),
        ] {
            message.headers_mut().insert_raw(HeaderValue::new(name, value));
        }
        Ok(message)
    }
}

fn short(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAIL_ERROR_CHARS_MAX).collect()
}
