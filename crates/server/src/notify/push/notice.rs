//! What a push says, for how long it is worth saying, and how urgently: by its kind, in its person's language. Pure.

use crate::limits::PUSH_BYTES_MAX;
use crate::notify::outbox::letter;
use crate::notify::{About, Kind, Settings};
use crate::store::DuePush;
use serde_json::json;

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 60 * MINUTE_S;

/// A push that is written.
pub(super) struct Notice {
    /// JSON, as the service worker reads it.
    pub(super) text: String,
    /// How long it is worth keeping for a browser that sleeps.
    pub(super) ttl_s: i64,
    /// How much of a battery it is worth (RFC 8030).
    pub(super) urgency: &'static str,
}

/// For how long a kind is news, and how urgent it is.
pub(super) fn weight(kind: Kind) -> (i64, &'static str) {
    match kind {
        Kind::Offer => (15 * MINUTE_S, "high"),
        Kind::Reminder => (HOUR_S, "high"),
        Kind::Cancelled | Kind::Rescheduled => (24 * HOUR_S, "high"),
        Kind::Mention => (4 * HOUR_S, "normal"),
        Kind::Changed | Kind::Invitation | Kind::Booked => (24 * HOUR_S, "normal"),
        Kind::Published | Kind::Webhook => (24 * HOUR_S, "low"),
    }
}

impl Notice {
    /// Writes a push; none if its kind is unknown, or nobody wants to know any more.
    pub(super) fn write(due: &DuePush, now: i64) -> Option<Notice> {
        let kind = Kind::parse(&due.kind)?;
        let settings = Settings::read(due.settings.as_deref());
        let (life_s, urgency) = weight(kind);
        let ttl_s = life_s - (now - due.created_at) / 1_000;
        if due.is_seen || ttl_s <= 0 || !settings.channels(kind).push {
            return None;
        }
        let about = About::read(&due.data);
        let (title, body) = letter::headline(kind, &about, settings.language);
        let path = match (about.event, &about.room) {
            (Some(event), _) => format!("/events/{event}"),
            (None, Some(room)) => format!("/{room}"),
            (None, None) => "/notifications".to_owned(),
        };
        let language = super::super::page_words(&settings).0;
        let (title, body) = (short(&title), short(&body));
        let tag = format!("{}/{}", due.kind, due.subject);
        let text = json!({
            "title": title, "body": body, "path": path, "tag": tag, "lang": language,
        });
        let text = Some(text.to_string()).filter(|text| text.len() <= PUSH_BYTES_MAX)?;
        Some(Notice { text, ttl_s, urgency })
    }
}

/// A screen shows no more of it.
fn short(text: &str) -> String {
    text.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(kind: Kind, settings: Option<&str>, is_seen: bool) -> DuePush {
        let about = About {
            event: Some(7),
            title: "H".repeat(500),
            place: Some("ü".repeat(500)),
            starts_at: Some("2026-12-05T18:30:00Z".into()),
            time_zone: Some("Europe/Berlin".into()),
            ..About::default()
        };
        DuePush {
            id: 1,
            endpoint: String::new(),
            p256dh: Vec::new(),
            auth: Vec::new(),
            settings: settings.map(str::to_owned),
            kind: kind.as_str().into(),
            data: about.to_text(),
            subject: "event:7".into(),
            is_seen,
            tries: 0,
            created_at: 0,
        }
    }

    #[test]
    fn a_push_is_short_and_says_where_it_leads() {
        for kind in Kind::ALL {
            let on = format!(
                "{{\"kinds\":{{\"{}\":{{\"app\":true,\"mail\":true,\"push\":true}}}}}}",
                kind.as_str()
            );
            let notice = Notice::write(&push(kind, Some(&on), false), 0).unwrap();
            assert!(notice.text.len() <= PUSH_BYTES_MAX);
            assert!(notice.text.contains("\"path\":\"/events/7\""), "{}", notice.text);
        }
    }

    #[test]
    fn what_is_no_news_is_not_pushed() {
        let off = r#"{"kinds":{"reminder":{"app":true,"mail":true,"push":false}}}"#;
        let written = |settings, is_seen, now| {
            Notice::write(&push(Kind::Reminder, settings, is_seen), now).map(|one| one.ttl_s)
        };
        assert_eq!(written(None, false, 0), Some(3_600));
        assert_eq!(written(None, false, 600_000), Some(3_000));
        assert_eq!(written(None, false, 3_600_000), None);
        assert_eq!(written(None, true, 0), None);
        assert_eq!(written(Some(off), false, 0), None);
    }
}
