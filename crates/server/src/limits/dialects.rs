//! What the protocols of older systems may take. Their own figures, where they had some, so that their clients find
//! what they know.

/// No limit of a dialect may be set higher.
pub const DIALECT_COUNT_MAX: u32 = 1_000_000;

/// Requests and sockets of the demo's dialects: far away, for everyone comes from one machine.
pub const DEMO_REQUESTS: u32 = 100_000;

/// Requests a second from one address that the events dialect answers.
pub const EVENTS_DIALECT_PER_SECOND: u32 = 5;

/// Events that one person may have who makes one through the events dialect, past ones too: they can be deleted.
pub const EVENTS_DIALECT_EVENTS: u32 = 1;

/// Events to come that one person may follow through the events dialect.
pub const EVENTS_DIALECT_FOLLOWS: u32 = 3;

/// How many fit into an event of the events dialect, which knows no capacity.
pub const EVENTS_DIALECT_CAPACITY: u32 = 100;

/// Places that one person may have at an event of the events dialect.
pub const EVENTS_DIALECT_PLACES: u32 = 6;

/// Rows of one answer of the events dialect, whose clients know no pages: a few megabytes.
pub const EVENTS_DIALECT_ROWS_MAX: usize = 5_000;

/// Requests a minute from one address that the booking dialect answers: what its documents promised.
pub const BOOKING_DIALECT_PER_MINUTE: u32 = 100;

/// WebSockets of one person at the booking dialect: what its documents promised.
pub const BOOKING_DIALECT_SOCKETS: u32 = 5;

/// A form of the booking dialect, with a picture: the picture's own bound is told before it is so large.
pub const BOOKING_FORM_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A picture in such a form, as its documents promised.
pub const BOOKING_PICTURE_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Any other field of such a form: a description of 1,000 characters, four bytes each, and then some.
pub const BOOKING_FIELD_BYTES_MAX: usize = 16 * 1024;

/// Bookings in one answer of the booking dialect, which knows no pages: as many as fit into its largest event.
pub const BOOKING_ROWS_MAX: usize = 10_000;

/// How long an answer of the booking dialect waits for those who watch to be told first: a busy room's tick, ten times
/// over; who takes longer does not read.
pub const BOOKING_PUSH_MS_MAX: u64 = 500;

/// After so long without a sign of life a client of the booking dialect is asked for one.
pub const BOOKING_PING_MS: u64 = 100_000;

/// After so long without one it is gone.
pub const BOOKING_SILENCE_MS_MAX: u64 = 118_000;

/// How long a dialect waits for a room's answer; rooms answer at once or say why not.
pub const LINK_ANSWER_MS_MAX: u64 = 30_000;

/// Until when a guest is a guest (ms since 1970): the end of the year 9999, for nothing of theirs runs out.
pub const GUEST_UNTIL_MS: i64 = 253_402_300_799_000;

/// Guests who have just bought for the first time, that a slow connection of the seats dialect has not heard of. One
/// that has missed some looks them up.
pub const SEATS_DIALECT_NEWCOMERS: usize = 64;

/// Rooms that the lobby dialect shows one person: its page has one list.
pub const LOBBY_DIALECT_ROOMS: usize = 500;

/// Frames in a row that the lobby dialect cannot read, before it hangs up.
pub const LOBBY_DIALECT_BAD_FRAMES: u32 = 10;

/// Names that a connection of the lobby dialect keeps; it asks again for others.
pub const LOBBY_DIALECT_NAMES: usize = 1_000;

/// How long a client of the chat dialect may take for a ping beyond its interval: what its server allowed.
pub const CHAT_DIALECT_PONG_MS_MAX: u64 = 5_000;

/// Bytes of one message of the chat dialect, as JSON; a longer one is answered with an error.
pub const CHAT_DIALECT_MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Bytes of one packet of the chat dialect; whoever sends more is hung up on.
pub const CHAT_DIALECT_PAYLOAD_BYTES_MAX: usize = 4 * CHAT_DIALECT_MESSAGE_BYTES_MAX;

/// Bytes of a picture's address, which everyone is told again and again.
pub const CHAT_DIALECT_AVATAR_BYTES_MAX: usize = 2_000;

/// Messages that whoever enters a room is told.
pub const CHAT_DIALECT_REPLAYED: usize = 50;

/// What everyone is told that may wait for one connection of the chat dialect; one that lags further comes back.
pub const CHAT_DIALECT_TOLD_MAX: usize = 1_024;

/// Names of those who spoke that the chat dialect keeps as they were said.
pub const CHAT_DIALECT_NAMES_MAX: usize = 10_000;

/// How long the chat dialect's list of rooms waits for them when the server starts.
pub const CHAT_DIALECT_READY_MS_MAX: u64 = 2_000;

/// How long the chat dialect waits before it looks for a room again that was not to be seen.
pub const CHAT_DIALECT_RETRY_MS: u64 = 1_000;

/// Changes of a sale that one client of a dialect may be behind; it misses those before.
pub const TICKER_TOLD_MAX: usize = 16;

/// How long until a sale that cannot be watched is tried again.
pub const TICKER_RETRY_MS: u64 = 10_000;
