//! What can be asked of any room with a door: one table, and who may ask for what. The rules are with the files
//! that it names.

use super::config::wrong;
use super::{
    COMMANDS_PREFIX, DoorConfig, DoorTx, GuestRole, MODERATOR, OWNER, Visibility, not_allowed,
};
use crate::members::Inside;
use crate::{AccountId, Caller, Read, Refusal, Wall, body};
use serde::{Deserialize, Deserializer};

/// A decoded command of the door.
pub(crate) enum DoorCommand {
    Rename(Rename),
    Settings(Settings),
    Close(Close),
    Invite(Invite),
    Uninvite(Whom),
    Link(NewLink),
    Unlink(WhichLink),
    Redeem(Redeem),
    Wait,
    Kick(Whom),
    Ban(Whom),
    Unban(Whom),
}

/// `room.rename`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rename {
    pub(super) title: String,
}

/// `room.settings`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Settings {
    pub(super) visibility: Option<Visibility>,
    pub(super) minimum: Option<u32>,
    /// `null` for none, which is something else than left out.
    #[serde(default, deserialize_with = "given")]
    pub(super) maximum: Option<Option<u32>>,
    pub(super) locked: Option<bool>,
    pub(super) keeps_comings: Option<bool>,
}

/// `room.close`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Close {
    #[serde(default)]
    pub(super) in_ms: u64,
}

/// `room.invite`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invite {
    pub(super) account: AccountId,
    pub(super) role: Option<GuestRole>,
}

/// A person.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whom {
    pub(super) account: AccountId,
}

/// `room.link`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    pub(super) hash: String,
    pub(super) until: Option<Wall>,
    pub(super) uses: Option<u32>,
}

/// `room.unlink`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichLink {
    pub(super) hash: String,
}

/// `room.redeem`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redeem {
    pub(super) token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Everything that can be asked of a door.
pub(crate) const COMMANDS: &[(&str, Read<DoorCommand>)] = &[
    ("room.rename", |text| body(text).map(DoorCommand::Rename)),
    ("room.settings", |text| body(text).map(DoorCommand::Settings)),
    ("room.close", |text| body(text).map(DoorCommand::Close)),
    ("room.invite", |text| body(text).map(DoorCommand::Invite)),
    ("room.uninvite", |text| body(text).map(DoorCommand::Uninvite)),
    ("room.link", |text| body(text).map(DoorCommand::Link)),
    ("room.unlink", |text| body(text).map(DoorCommand::Unlink)),
    ("room.redeem", |text| body(text).map(DoorCommand::Redeem)),
    ("room.wait", |text| body::<Nothing>(text).map(|_| DoorCommand::Wait)),
    ("room.kick", |text| body(text).map(DoorCommand::Kick)),
    ("room.ban", |text| body(text).map(DoorCommand::Ban)),
    ("room.unban", |text| body(text).map(DoorCommand::Unban)),
];

/// The names of a door's commands.
pub const DOOR_COMMANDS: [&str; COMMANDS.len()] = {
    let mut names = [""; COMMANDS.len()];
    let mut nth = 0;
    while nth < names.len() {
        names[nth] = COMMANDS[nth].0;
        nth += 1;
    }
    names
};

/// Reads a command of the door; none if it is the application's.
pub(crate) fn read(name: &str, text: &str) -> Option<Result<DoorCommand, Refusal>> {
    if !name.starts_with(COMMANDS_PREFIX) {
        return None;
    }
    let known = COMMANDS.iter().find(|(known, _)| *known == name);
    Some(known.map_or_else(
        || {
            let name: String = name.chars().take(40).collect();
            Err(Refusal::new("unknown_command", format!("No room knows a command {name:?}.")))
        },
        |(_, read)| read(text),
    ))
}

impl DoorConfig {
    /// Decides a command. Redeeming and waiting are for those whom the door may not have let in yet.
    pub(crate) fn command(
        &self,
        tx: &mut DoorTx<'_>,
        app: &'static str,
        by: &Caller,
        command: DoorCommand,
        inside: Inside<'_>,
    ) -> Result<String, Refusal> {
        match command {
            DoorCommand::Redeem(redeem) => self.redeem(tx, by.account, &redeem)?,
            DoorCommand::Wait => return Self::wait(tx, by.account),
            DoorCommand::Uninvite(whom) if whom.account == by.account => {
                self.uninvite(tx, by, whom.account)?;
            }
            DoorCommand::Rename(rename) => {
                must_own(by)?;
                self.rename(tx, app, by, &rename.title)?;
            }
            DoorCommand::Settings(settings) => self.set(tx, app, by, settings, inside)?,
            DoorCommand::Close(close) => {
                must_own(by)?;
                self.close(tx, app, by, close.in_ms)?;
            }
            DoorCommand::Invite(invite) => self.invite(tx, by, &invite)?,
            DoorCommand::Uninvite(whom) => self.uninvite(tx, by, whom.account)?,
            DoorCommand::Link(link) => self.link(tx, by, link)?,
            DoorCommand::Unlink(link) => Self::unlink(tx, by, &link)?,
            DoorCommand::Kick(whom) => Self::kick(tx, by, whom.account)?,
            DoorCommand::Ban(whom) => self.ban(tx, by, whom.account)?,
            DoorCommand::Unban(whom) => self.unban(tx, by, whom.account)?,
        }
        Ok("{}".to_owned())
    }
}

/// What only the owner may do.
pub(super) fn must_own(by: &Caller) -> Result<(), Refusal> {
    if by.role == OWNER { Ok(()) } else { Err(not_allowed()) }
}

/// What those who keep the room may do.
pub(super) fn must_keep(by: &Caller) -> Result<(), Refusal> {
    if by.role == MODERATOR { Ok(()) } else { must_own(by) }
}

/// A hash as it travels: SHA-256 in lower-case hexadecimal.
pub(super) fn hash(text: &str) -> Result<String, Refusal> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 64 && text.bytes().all(is_hex) {
        return Ok(text.to_owned());
    }
    Err(wrong("hash", "Use the token's SHA-256 as 64 hexadecimal digits.".into()))
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(deserializer).map(Some)
}
