//! From somebody who is to be told to what is recorded of it: whether it counts as unread, whether it takes a mail,
//! whether browsers are told. Pure, but for the Message-IDs that come in.

use super::kind::{Kind, MailWhen};
use super::settings::Settings;
use crate::store::{ListenerRow, NewNotification};

/// What is told to several people.
pub(super) struct Message<'a> {
    pub(super) kind: Kind,
    pub(super) subject: String,
    pub(super) key: String,
    pub(super) data: &'a str,
}

/// What decides about mails besides their person's wishes.
pub(super) struct Mailing<'a> {
    /// Whether somebody is reached in the lobby.
    pub(super) is_here: &'a dyn Fn(u64) -> bool,
    /// Makes a Message-ID; none where no mail is sent at all.
    pub(super) message_id: Option<&'a dyn Fn() -> String>,
}

/// What is recorded for one person.
pub(super) fn write(
    to: &ListenerRow,
    settings: &Settings,
    message: &Message<'_>,
    mailing: &Mailing<'_>,
) -> NewNotification {
    let channels = settings.channels(message.kind);
    let is_away = || !(channels.app && (mailing.is_here)(to.account.0));
    let is_worth_a_mail = || match message.kind.mail_when() {
        MailWhen::Always => true,
        MailWhen::Away => is_away(),
    };
    let message_id = mailing.message_id.filter(|_| channels.mail && is_worth_a_mail());
    NewNotification {
        account: to.account,
        kind: message.kind.as_str(),
        subject: message.subject.clone(),
        key: message.key.clone(),
        data: message.data.to_owned(),
        is_seen: !channels.app,
        message_id: message_id.map(|make| make()),
        is_pushed: channels.push && is_away(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::Channels;
    use houseful_room::AccountId;

    fn written(kind: Kind, here: bool, channels: Option<Channels>, on: bool) -> (bool, bool) {
        let to = ListenerRow { account: AccountId(7), since: 0, is_prompt: false, settings: None };
        let mut settings = Settings::default();
        settings.kinds.extend(channels.map(|channels| (kind, channels)));
        let message = Message { kind, subject: String::new(), key: String::new(), data: "{}" };
        let make = || "id@house".to_owned();
        let message_id: Option<&dyn Fn() -> String> = if on { Some(&make) } else { None };
        let mailing = Mailing { is_here: &|_| here, message_id };
        let new = write(&to, &settings, &message, &mailing);
        (!new.is_seen, new.message_id.is_some())
    }

    #[test]
    fn who_is_here_is_told_here_and_who_is_not_by_mail() {
        assert_eq!(written(Kind::Reminder, true, None, true), (true, false));
        assert_eq!(written(Kind::Reminder, false, None, true), (true, true));
        assert_eq!(written(Kind::Cancelled, true, None, true), (true, true), "to look it up");
        assert_eq!(written(Kind::Mention, false, None, true), (true, false));
        assert_eq!(written(Kind::Reminder, false, None, false), (true, false), "no mail at all");
    }

    #[test]
    fn what_somebody_has_set_holds() {
        let only = |app, mail| Some(Channels { app, mail, push: false });
        assert_eq!(written(Kind::Cancelled, false, only(true, false), true), (true, false));
        assert_eq!(written(Kind::Reminder, true, only(false, true), true), (false, true));
        assert_eq!(written(Kind::Reminder, true, only(false, false), true), (false, false));
    }
}
