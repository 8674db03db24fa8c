//! Which older systems' protocols are spoken, and where. Each is off unless it is named; what a listener does is the
//! gateway's.

use crate::accounts::guest_address;
use crate::limits;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// A listener of a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Seats of one event, over one WebSocket.
    Seats,
    /// Events, people and what they follow, over REST.
    Events,
    /// Reminders over Socket.IO, beside `events`.
    EventsLive,
    /// Bookings, over REST and WebSocket.
    Booking,
    /// Topic rooms with presence, over Socket.IO.
    Chat,
    /// Rooms that wait for people, over WebSocket, with a page.
    Lobby,
}

/// The dialects that are on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialects {
    /// Seats of one event.
    pub seats: Option<SeatsDialect>,
    /// Events and reminders.
    pub events: Option<EventsDialect>,
    /// Bookings.
    pub booking: Option<BookingDialect>,
    /// Topic rooms.
    pub chat: Option<ChatDialect>,
    /// Rooms that wait for people.
    pub lobby: Option<LobbyDialect>,
}

/// Seats of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeatsDialect {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether people without an account are guests.
    pub guests: bool,
    /// The event whose seats it sells.
    pub event: u64,
}

/// Events and reminders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventsDialect {
    /// Where its REST interface listens.
    pub listen: SocketAddr,
    /// Where its reminders are told; the next port if it is not set.
    pub live: Option<SocketAddr>,
    /// Requests a second from one address.
    pub requests_per_second: u32,
    /// Events that one person may have who makes one here.
    pub events_per_person: u32,
    /// Events to come that one person may follow here.
    pub follows_per_person: u32,
    /// How many fit into an event that is made here.
    pub capacity: u32,
    /// The event whose remaining places every client is told (`seat_update`); 0 is none.
    pub sale: u64,
}

/// Bookings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BookingDialect {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Web origins whose pages may use it.
    pub origins: Vec<String>,
    /// Requests a minute from one address.
    pub requests_per_minute: u32,
    /// WebSockets of one person.
    pub sockets_per_person: u32,
}

/// Topic rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChatDialect {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether people without an account are guests; without guests nobody can use it, for its clients have no sign-in.
    pub guests: bool,
    /// Web origins whose pages may use it.
    pub origins: Vec<String>,
    /// The paths of its rooms, which must be public, in the order in which they are shown.
    pub rooms: Vec<String>,
    /// The event whose remaining places every client is told (`seat_update`); 0 is none.
    pub sale: u64,
}

/// Rooms that wait for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LobbyDialect {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether people without an account are guests.
    pub guests: bool,
    /// The names by which guests may enter.
    pub names: Vec<String>,
    /// The paths of its rooms; if there are none, every room that one may find.
    pub rooms: Vec<String>,
    /// Whether texts are sent with `&`, `<`, `>` and `"` escaped: the old page puts them into its HTML.
    pub escape_html: bool,
}

/// What the command line says of a dialect: `NAME=ADDR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialectAt {
    /// Which listener.
    pub dialect: Dialect,
    /// Where.
    pub at: SocketAddr,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 6] = [
        Dialect::Seats,
        Dialect::Events,
        Dialect::EventsLive,
        Dialect::Booking,
        Dialect::Chat,
        Dialect::Lobby,
    ];

    /// What it is called in the configuration, on the command line and in what is printed.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Seats => "seats",
            Dialect::Events => "events",
            Dialect::EventsLive => "events-live",
            Dialect::Booking => "booking",
            Dialect::Chat => "chat",
            Dialect::Lobby => "lobby",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for DialectAt {
    type Err = String;

    fn from_str(text: &str) -> Result<DialectAt, String> {
        let (name, at) =
            text.split_once('=').ok_or("use NAME=ADDR, such as seats=127.0.0.1:3001")?;
        let dialect = Dialect::ALL.into_iter().find(|dialect| dialect.name() == name);
        let dialect = dialect.ok_or_else(|| {
            let names: Vec<&str> = Dialect::ALL.iter().map(|dialect| dialect.name()).collect();
            format!("there is no dialect `{name}`; there are {}", names.join(", "))
        })?;
        let at = at.parse().map_err(|_| format!("`{at}` is no address such as 127.0.0.1:3001"))?;
        Ok(DialectAt { dialect, at })
    }
}

impl Dialects {
    /// Every listener that is on.
    pub fn listeners(&self) -> Vec<DialectAt> {
        let at = |dialect, at| DialectAt { dialect, at };
        let mut all = Vec::new();
        all.extend(self.seats.iter().map(|on| at(Dialect::Seats, on.listen)));
        all.extend(self.events.iter().map(|on| at(Dialect::Events, on.listen)));
        all.extend(self.events.iter().map(|on| at(Dialect::EventsLive, on.live_at())));
        all.extend(self.booking.iter().map(|on| at(Dialect::Booking, on.listen)));
        all.extend(self.chat.iter().map(|on| at(Dialect::Chat, on.listen)));
        all.extend(self.lobby.iter().map(|on| at(Dialect::Lobby, on.listen)));
        all
    }

    /// All on, with guests, for the people, rooms and events of the demo; limits by address are far away.
    pub(super) fn for_demo(self) -> Dialects {
        use crate::demo::older;
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let sale = |set: u64| if set == 0 { older::SEATS_EVENT } else { set };
        let or = |set: Vec<String>, demo: &[&str]| if set.is_empty() { own(demo) } else { set };
        let seats = self.seats.unwrap_or_default();
        let booking = self.booking.unwrap_or_default();
        let chat = self.chat.unwrap_or_default();
        let events = self.events.unwrap_or_default();
        let lobby = self.lobby.unwrap_or_default();
        Dialects {
            seats: Some(SeatsDialect { guests: true, event: sale(seats.event), ..seats }),
            events: Some(EventsDialect { sale: sale(events.sale), ..events }),
            booking: Some(BookingDialect {
                origins: or(booking.origins, &older::BOOKING_ORIGINS),
                requests_per_minute: booking.requests_per_minute.max(limits::DEMO_REQUESTS),
                sockets_per_person: booking.sockets_per_person.max(limits::DEMO_REQUESTS),
                ..booking
            }),
            chat: Some(ChatDialect {
                guests: true,
                origins: or(chat.origins, &older::CHAT_ORIGINS),
                rooms: or(chat.rooms, &older::TOPICS.map(|(path, _)| path)),
                sale: sale(chat.sale),
                ..chat
            }),
            lobby: Some(LobbyDialect {
                guests: true,
                names: or(lobby.names, &older::LOBBY_NAMES),
                ..lobby
            }),
        }
    }

    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(lobby) = &self.lobby {
            let wrong = lobby.names.iter().filter(|name| guest_address(name).is_none());
            problems.extend(wrong.map(|name| {
                format!("dialects.lobby.names: `{name}` is not a name of 1 to 72 characters")
            }));
            if lobby.rooms.iter().any(String::is_empty) {
                problems.push("dialects.lobby.rooms: a room's path is missing".to_owned());
            }
        }
        if let Some(events) = &self.events {
            let counts = [
                ("requests_per_second", events.requests_per_second),
                ("events_per_person", events.events_per_person),
                ("follows_per_person", events.follows_per_person),
                ("capacity", events.capacity),
            ];
            problems.extend(positive("events", &counts));
        }
        if let Some(booking) = &self.booking {
            let counts = [
                ("requests_per_minute", booking.requests_per_minute),
                ("sockets_per_person", booking.sockets_per_person),
            ];
            problems.extend(positive("booking", &counts));
            problems.extend(origins("booking", &booking.origins));
        }
        if let Some(chat) = &self.chat {
            problems.extend(origins("chat", &chat.origins));
            let is_topic =
                |path: &&String| path.strip_prefix("rooms/").is_some_and(|slug| !slug.is_empty());
            let wrong = chat.rooms.iter().filter(|path| !is_topic(path));
            problems.extend(wrong.map(|path| {
                format!("dialects.chat.rooms: `{path}` is not of the form rooms/name")
            }));
        }
        problems
    }
}

fn positive(dialect: &str, counts: &[(&str, u32)]) -> Vec<String> {
    let wrong =
        counts.iter().filter(|(_, count)| *count == 0 || *count > limits::DIALECT_COUNT_MAX);
    let text = |(key, _): &(&str, u32)| {
        format!("dialects.{dialect}.{key}: must be from 1 to {}", limits::DIALECT_COUNT_MAX)
    };
    wrong.map(text).collect()
}

fn origins(dialect: &str, origins: &[String]) -> Vec<String> {
    let wrong = origins.iter().filter(|origin| !super::is_origin(origin));
    let text = |origin: &String| {
        format!("dialects.{dialect}.origins: `{origin}` is not of the form https://name[:port]")
    };
    wrong.map(text).collect()
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

impl EventsDialect {
    /// Where reminders are told.
    pub fn live_at(&self) -> SocketAddr {
        let next = match self.listen.port() {
            0 => 0,
            port => port.wrapping_add(1),
        };
        self.live.unwrap_or(SocketAddr::new(self.listen.ip(), next))
    }
}

// The ports are those of the older systems.
impl Default for SeatsDialect {
    fn default() -> Self {
        SeatsDialect { listen: loopback(3001), guests: false, event: 0 }
    }
}

impl Default for EventsDialect {
    fn default() -> Self {
        EventsDialect {
            listen: loopback(8080),
            live: None,
            requests_per_second: limits::EVENTS_DIALECT_PER_SECOND,
            events_per_person: limits::EVENTS_DIALECT_EVENTS,
            follows_per_person: limits::EVENTS_DIALECT_FOLLOWS,
            capacity: limits::EVENTS_DIALECT_CAPACITY,
            sale: 0,
        }
    }
}

impl Default for BookingDialect {
    fn default() -> Self {
        BookingDialect {
            listen: loopback(3000),
            origins: Vec::new(),
            requests_per_minute: limits::BOOKING_DIALECT_PER_MINUTE,
            sockets_per_person: limits::BOOKING_DIALECT_SOCKETS,
        }
    }
}

impl Default for ChatDialect {
    fn default() -> Self {
        let (origins, rooms) = (Vec::new(), Vec::new());
        ChatDialect { listen: loopback(34_000), guests: false, origins, rooms, sale: 0 }
    }
}

impl Default for LobbyDialect {
    fn default() -> Self {
        let (names, rooms) = (Vec::new(), Vec::new());
        LobbyDialect { listen: loopback(8089), guests: false, names, rooms, escape_html: true }
    }
}
