//! What a room with a door is made from, and the bounds of it. Read once; what changes later is state.

use crate::{AccountId, Refusal, RoomApp};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// Characters of a title: a line on a card.
pub const TITLE_CHARS_MAX: usize = 120;
/// People that a room can wait for: above a roster's size nobody would know who is missing.
pub const MINIMUM_MAX: u32 = 200;
/// People in one room, at most.
pub const MAXIMUM_MAX: u32 = 100_000;
/// People of whom a room knows something beforehand, the banned too.
pub const GUESTS_MAX: usize = 1_000;
/// Links of a room.
pub const LINKS_MAX: usize = 50;
/// People whom one link lets in.
pub const LINK_USES_MAX: u32 = 1_000;
/// How long a link lasts, in milliseconds: thirty days.
pub const LINK_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;
/// People in line: each that goes moves all behind it.
pub const LINE_MAX: usize = 500;
/// How long whose turn it is has to come, in milliseconds.
pub const TURN_MS: u64 = 30_000;
/// How long ahead a closing can be told, in milliseconds: a day.
pub const CLOSING_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// The owner of a room that is nobody's: no account has this number.
pub const NOBODY: AccountId = AccountId(0);

/// Who may know of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone: it is listed, and visitors may look.
    #[default]
    Public,
    /// Whoever has its path.
    Unlisted,
    /// Those who are invited.
    Private,
}

impl Visibility {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Unlisted => "unlisted",
            Visibility::Private => "private",
        }
    }
}

/// What a door is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DoorConfig {
    /// The room's path, under which it is listed.
    #[serde(default)]
    pub path: String,
    /// What it is called.
    pub title: String,
    /// Who may know of it. A configuration that says so has a door.
    pub visibility: Visibility,
    /// It starts when so many people are here.
    #[serde(default = "one")]
    pub minimum: u32,
    /// It is full when so many people are here.
    #[serde(default)]
    pub maximum: Option<u32>,
    /// Whether nobody new may come in.
    #[serde(default)]
    pub locked: bool,
    /// Whether its notices say who came and who left.
    #[serde(default)]
    pub keeps_comings: bool,
    /// Whose it is; [`NOBODY`]'s room is run by the server's admins.
    pub owner: AccountId,
    /// The room where one must be allowed to be, to be allowed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The event that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
}

fn one() -> u32 {
    1
}

/// What tells a configuration with a door from one without.
#[derive(Deserialize)]
struct Mark {
    #[serde(default)]
    visibility: Option<IgnoredAny>,
}

/// A door that stands open to everyone, of a room that is [`NOBODY`]'s.
pub fn open_to_all(path: &str, title: &str) -> DoorConfig {
    DoorConfig {
        path: path.to_owned(),
        title: title.to_owned(),
        visibility: Visibility::Public,
        minimum: 1,
        maximum: None,
        locked: false,
        keeps_comings: false,
        owner: NOBODY,
        parent: None,
        event: None,
    }
}

/// The configuration of a room with this door, and with this configuration of its application (JSON).
pub fn config(door: &DoorConfig, app: &str) -> String {
    let door = crate::op::to_json(door);
    format!("{},\"app\":{app}}}", door.strip_suffix('}').unwrap_or(&door))
}

/// The room that must admit whoever comes into a room of this configuration.
pub fn parent_of(config: &str) -> Option<String> {
    read(config).ok()??.parent
}

/// The door of a room of an application, if it has one.
pub(crate) fn door_of<A: RoomApp>(config: &str) -> Result<Option<DoorConfig>, Refusal> {
    let door = if A::HAS_DOOR { read(config)? } else { None };
    door.map(DoorConfig::checked).transpose()
}

fn read(config: &str) -> Result<Option<DoorConfig>, Refusal> {
    // What has no door may be configured by anything.
    if !config.trim_start().starts_with('{') {
        return Ok(None);
    }
    let Mark { visibility } = crate::body(config)?;
    visibility.map(|_| crate::body(config)).transpose()
}

impl DoorConfig {
    /// Checks everything, and answers it as it is kept.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.title = title(&self.title)?;
        numbers(self.minimum, self.maximum)?;
        if self.owner != NOBODY {
            account("owner", self.owner)?;
        }
        Ok(self)
    }
}

/// A title as it is kept.
pub(super) fn title(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let is_short = (1..=TITLE_CHARS_MAX).contains(&text.chars().count());
    if is_short && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(wrong("title", format!("Use 1 to {TITLE_CHARS_MAX} characters on one line.")))
}

/// Checks how many a room waits for and how many fit.
pub(super) fn numbers(minimum: u32, maximum: Option<u32>) -> Result<(), Refusal> {
    if !(1..=MINIMUM_MAX).contains(&minimum) {
        return Err(wrong("minimum", format!("Use 1 to {MINIMUM_MAX}.")));
    }
    match maximum {
        Some(maximum) if !(1..=MAXIMUM_MAX).contains(&maximum) => {
            Err(wrong("maximum", format!("Use 1 to {MAXIMUM_MAX}, or none.")))
        }
        Some(maximum) if maximum < minimum => {
            Err(wrong("maximum", "As many as the minimum must fit.".into()))
        }
        _ => Ok(()),
    }
}

/// Checks that a number can be an account's.
pub(super) fn account(field: &str, account: AccountId) -> Result<(), Refusal> {
    match account.0 {
        1..0x20_0000_0000_0000 => Ok(()),
        _ => Err(wrong(field, "This is no account.".into())),
    }
}

/// The refusal of a field.
pub(super) fn wrong(field: &str, reason: String) -> Refusal {
    Refusal::new("invalid_command", format!("{field}: {reason}")).field(field, reason)
}
