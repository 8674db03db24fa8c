//! Every bound of the server in one table: name, unit, reason. It never holds a bound that an
//! operator may set; those are in `config`, with their defaults from here.

mod calls;
mod dialects;
mod socketio;

pub use calls::*;
pub use dialects::*;
pub use socketio::*;

/// Jobs that may wait for the writer; a full queue is answered, never waited on. A job is a room's
/// turn, so this is more than a thousand busy rooms can have in flight twice over.
pub const WRITER_QUEUE_JOBS_MAX: usize = 4_096;

/// How long a small write may wait for the writer before it is given up: longer than a burst that fills
/// the queue takes to be written, shorter than people wait for a page.
pub const WRITE_MS_MAX: u64 = 10_000;

/// How long taking somebody's words out of one room may take: it writes over each of their entries, at once.
pub const ERASE_MS_MAX: u64 = 120_000;

/// A database that is written anew while people wait for it: half a second's worth. A larger one is at the next start.
pub const REWRITE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How long whoever asks for that waits for its turn in the queue.
pub const REWRITE_MS_MAX: u64 = 30_000;

/// How long after an erased person's logins have ended something that they sent may still be on its way into a room.
pub const ERASE_SETTLE_MS: u64 = 2_000;

/// How long the erasing task waits before it tries again what could not be done.
pub const ERASE_RETRY_MS: u64 = 15_000;

/// Exports at once: each reads every entry.
pub const EXPORTS_MAX: usize = 1;

/// How far apart figures over time are taken.
pub const SAMPLE_MS: i64 = 60_000;

/// How long those of each minute are kept: two days, to see what happened on the day of a sale.
pub const MINUTE_SAMPLES_MS: i64 = 2 * 24 * 60 * 60 * 1_000;

/// How long those of each hour are kept: two years, about 17,500 rows.
pub const HOUR_SAMPLES_MS: i64 = 2 * 365 * 24 * 60 * 60 * 1_000;

/// Read connections; reads are short and two cores do not gain from more.
pub const READ_CONNECTIONS_MAX: usize = 4;

/// How long SQLite waits for a lock that some other program, such as a backup tool, holds.
pub const SQLITE_BUSY_MS: u64 = 5_000;

/// Prepared statements kept by a connection; above the number of statements that the server has.
pub const SQLITE_STATEMENTS_MAX: usize = 128;

/// Pages that the writer keeps in memory, in KiB: the ends of all tables and the hot parts of their indexes.
pub const SQLITE_WRITER_CACHE_KIB: i64 = 16 * 1024;

/// Frames in the write-ahead log before the writer copies them into the database: 32 MB at 4 kB.
pub const WAL_FRAMES_BEFORE_CHECKPOINT: i64 = 8_000;

/// Pages that a backup copies between two reports of progress.
pub const BACKUP_STEP_PAGES: i32 = 256;

/// A JSON body. A seating plan for a stadium, the largest one, has a larger limit of its own.
pub const JSON_BODY_BYTES_MAX: usize = 64 * 1024;

/// An access token's life: what a revocation that reached nobody can last at the most.
pub const ACCESS_LIFE_S: u64 = 10 * 60;

/// A dialect's access token's life; its login is revocable and checked.
pub const DIALECT_ACCESS_LIFE_S: u64 = 24 * 60 * 60;

/// How far the clocks of two nodes may be apart.
pub const TOKEN_LEEWAY_S: u64 = 30;

/// A token longer than this is refused unread. Ours have about 450 bytes.
pub const TOKEN_BYTES_MAX: usize = 4_096;

/// A login that was not refreshed for this long has ended.
pub const LOGIN_IDLE_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

/// A login ends after this, however busy.
pub const LOGIN_LIFE_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// An answer to a refresh can be lost; for this long the same token gets the same answer again.
pub const REFRESH_GRACE_MS: i64 = 10_000;

/// Revocations are remembered until every access token of the login has ended by itself.
pub const REVOCATIONS_KEPT_S: u64 = DIALECT_ACCESS_LIFE_S + 2 * TOKEN_LEEWAY_S;

/// Tokens of one person's own programs, and the characters of a name of one.
pub const API_TOKENS_PER_PERSON: usize = 20;
/// See [`API_TOKENS_PER_PERSON`].
pub const API_TOKEN_NAME_CHARS_MAX: usize = 60;

/// A token lives a year at the most: one that was forgotten somewhere ends by itself.
pub const API_TOKEN_DAYS_MAX: u32 = 365;

/// A token that has ended is shown for so long, so that people see why their program fails.
pub const API_TOKEN_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// How exactly it is noted when a token was last used: a write a minute, not one for each request.
pub const API_TOKEN_USED_MS: i64 = 60_000;

/// Signing keys that are kept for verification: the current one and the one before.
pub const SIGNING_KEYS_MAX: usize = 2;

/// Characters of a password. Eight is the floor of ASVS 5.0; the roof bounds what is hashed.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// See [`PASSWORD_CHARS_MIN`].
pub const PASSWORD_CHARS_MAX: usize = 128;

/// Argon2id memory in KiB, passes and lanes, after OWASP.
pub const ARGON2_MEMORY_KIB: u32 = 19 * 1024;
/// See [`ARGON2_MEMORY_KIB`].
pub const ARGON2_PASSES: u32 = 2;
/// See [`ARGON2_MEMORY_KIB`].
pub const ARGON2_LANES: u32 = 1;

/// People waiting for a password to be hashed; the next one is told `busy`.
pub const HASH_QUEUE_MAX: usize = 50;

/// What somebody told `busy` by the hash queue should wait: about its length.
pub const HASH_QUEUE_RETRY_MS: u64 = 2_000;

/// Characters of a person's name.
pub const NAME_CHARS_MAX: usize = 80;

/// Bytes of an e-mail address (RFC 5321), and of the part before the at sign.
pub const EMAIL_BYTES_MAX: usize = 254;
/// See [`EMAIL_BYTES_MAX`].
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;

/// Sign-ins a minute from one address to one account, and to all accounts.
pub const SIGN_IN_PER_MINUTE_ACCOUNT: u32 = 5;
/// See [`SIGN_IN_PER_MINUTE_ACCOUNT`].
pub const SIGN_IN_PER_MINUTE_ADDRESS: u32 = 30;

/// Wrong passwords in a row from one address to one account that cost no more than the limit above;
/// from the next on each doubles the wait, up to the last of these.
pub const SIGN_IN_FREE_FAILURES: u32 = 5;
/// See [`SIGN_IN_FREE_FAILURES`].
pub const SIGN_IN_BACK_OFF_MS: u64 = 12_000;
/// See [`SIGN_IN_FREE_FAILURES`].
pub const SIGN_IN_BACK_OFF_MS_MAX: u64 = 15 * 60 * 1_000;

/// Wrong passwords are forgotten so long after the last of them.
pub const SIGN_IN_FORGIVEN_MS: u64 = 60 * 60 * 1_000;

/// Sign-ups an hour from one address.
pub const SIGN_UP_PER_HOUR_ADDRESS: u32 = 5;

/// Refreshes a minute from one address.
pub const REFRESH_PER_MINUTE_ADDRESS: u32 = 300;

/// Addresses that a rate limit remembers; beyond, strangers wait until some are forgotten.
pub const RATE_KEYS_MAX: usize = 100_000;

/// Bytes of a picture as it is uploaded.
pub const PICTURE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Pixels of its longer side, and bytes of it in memory: more than any phone's camera makes of a JPEG of that size.
pub const PICTURE_SIDE_MAX: u32 = 8_192;
/// See [`PICTURE_SIDE_MAX`].
pub const PICTURE_BYTES_DECODED_MAX: u64 = 160 * 1024 * 1024;

/// Pictures that are decoded at once; the next person is told `busy`.
pub const PICTURES_DECODED_AT_ONCE: usize = 2;

/// Entries of a room that are read again to show it as it was: about a tenth of a second's work.
pub const REPLAYED_ENTRIES_MAX: u64 = 20_000;

/// Entries by which it is told how fast a room goes.
pub const PACE_ENTRIES_MAX: usize = 1_000;

/// Rows of one page of any list.
pub const PAGE_ROWS_MAX: usize = 100;

/// Characters of a search text.
pub const SEARCH_CHARS_MAX: usize = 100;

/// Commands that wait for one room; the next is answered `busy`. A turn takes 256, so this is four.
pub const MAILBOX_COMMANDS_MAX: usize = 1_024;

/// Joins, leaves and losses that wait for one room; ten thousand may come back at once.
pub const MAILBOX_RESERVED_MAX: usize = 4_096;

/// Inputs of one lane that one turn takes.
pub const TURN_INPUTS_MAX: usize = 256;

/// How long commands gather to one turn while another is flushed, unless they fill it.
pub const TURN_GATHER_MS: u64 = 4;

/// What somebody told `busy` by a room should wait.
pub const BUSY_RETRY_MS: u64 = 200;

/// What somebody told `read_only` should wait.
pub const READ_ONLY_RETRY_MS: u64 = 1_000;

/// How long a room refuses before it tries to recover again.
pub const RECOVER_PAUSE_MS: u64 = 250;

/// The pause doubles with each recovery that fails, up to this: each reads the journal anew.
pub const RECOVER_PAUSE_MS_MAX: u64 = 30_000;

/// The longest pause before a room is tried again whose term the disk took, and nothing more: each try sends
/// everyone who is shown it to join again, and space that is back is not to go unused for long.
pub const READ_ONLY_PAUSE_MS_MAX: u64 = 4_000;

/// A room looks at the wall clock at least so often, for it may have jumped.
pub const ROOM_WAKE_MS_MAX: u64 = 60_000;

/// Headcounts of a room are told at most so often.
pub const HEADCOUNT_TICK_MS: u64 = 250;

/// Sleeping rooms are woken so long before their timers are due, and looked for that often.
pub const WAKE_AHEAD_MS: i64 = 60_000;

/// Bytes of a room's path.
pub const ROOM_PATH_BYTES_MAX: usize = 200;

/// Rooms of their own that one person may have open: nobody needs more, and each is a row in everyone's lobby.
pub const OWN_ROOMS_MAX: u64 = 50;

/// Random bytes at the end of a path that everyone may see: so that two rooms of one title differ.
pub const NAMED_PATH_BYTES: usize = 6;

/// Random bytes of a path that only those know who were told: 128 bits, which nobody guesses.
pub const SECRET_PATH_BYTES: usize = 16;

/// Characters of a title that a path repeats.
pub const SLUG_CHARS_MAX: usize = 40;

/// How long a session's commands rely on what a room's parent said of its person, in milliseconds: a chat line
/// need not cost the seat sale a question, and who is out there is out here a moment later.
pub const PARENT_TRUST_MS: u64 = 5_000;

/// Notices of committed facts that wait; who misses some reads the store again.
pub const NOTICES_MAX: usize = 4_096;

/// Shards of one process.
pub const SHARDS_MAX: usize = 256;

/// What rooms and listeners may have put before a shard.
pub const SHARD_INBOX_MAX: usize = 1_024;

/// What a shard's connections read into, together.
pub const READ_BUFFER_BYTES: usize = 64 * 1024;

/// A busy room is shown to each subscriber once in this time: fifty times a second. A quiet one at once.
pub const FANOUT_TICK_MS: u64 = 20;

/// Unsent bytes of one connection; more is a slow consumer (R24). What waits is looked at before something is
/// added, so a reader costs at most this and one frame more, such as a snapshot (`cargo xtask faults throttled`).
pub const SEND_QUEUE_BYTES_MAX: usize = 1024 * 1024;

/// Bytes that the kernel holds for one connection besides, which it counts twice: more than fits a fast line a tenth
/// of a second away, a tenth of what it would grow to.
pub const SOCKET_SEND_BYTES: usize = 256 * 1024;

/// How long bytes may be unsent (R24).
pub const SEND_QUEUE_MS_MAX: u64 = 10_000;

/// How long a goodbye may take to be read.
pub const CLOSE_MS_MAX: u64 = 2_000;

/// Silence towards a client, after which it is pinged (R21).
pub const HEARTBEAT_MS: u64 = 25_000;

/// Silence of a client, after which it is gone (R21).
pub const HEARD_MS_MAX: u64 = 60_000;

/// How long a connection may take for `hello` (R3).
pub const HELLO_MS_MAX: u64 = 5_000;

/// How long before its token's end a session is told (R22).
pub const EXPIRING_MS: i64 = 60_000;

/// Rooms of one connection (R37).
pub const ROOMS_PER_CONNECTION_MAX: usize = 50;

/// A live connection's requests a minute in the long run, and at once after a pause (R35).
pub const LIVE_REQUESTS_PER_MINUTE: u32 = 120;
/// See [`LIVE_REQUESTS_PER_MINUTE`].
pub const LIVE_REQUESTS_BURST: u32 = 60;

/// Volatile values of one connection, such as a cursor's places: thirty a second.
pub const LIVE_VALUES: crate::config::LiveLimits =
    crate::config::LiveLimits { requests_per_minute: 1_800, requests_burst: 60 };

/// Rows of a log that one request reads.
pub const HISTORY_ROWS_MAX: usize = 100;

/// Live connections of one person: a few devices with a few tabs each (R49).
pub const LIVE_PER_PERSON: u32 = 10;

/// Live connections from one address, and those of them that have not signed in (R49).
pub const LIVE_PER_ADDRESS: u32 = 50;
/// See [`LIVE_PER_ADDRESS`].
pub const VISITORS_PER_ADDRESS: u32 = 20;

/// What somebody for whose connection there is no place should wait.
pub const PLACE_RETRY_MS: u64 = 5_000;

/// Of the files that the process may open, live connections take this part; the rest is for HTTP, for
/// the database and for those who run the server.
pub const LIVE_FILES_PERCENT: u64 = 90;

/// Files that the process asks to be allowed to open, if it may ask for more than it was given.
pub const FILES_WANTED: u64 = 65_536;

/// HTTP connections at once, before they become live ones.
pub const HTTP_CONNECTIONS_MAX: usize = 4_096;

/// HTTP connections from one address: a browser has six, a household's browsers a few dozen.
pub const HTTP_PER_ADDRESS: u32 = 100;

/// HTTP requests a minute of a signed-in person, and from an address that does not say who asks.
pub const REQUESTS_PER_MINUTE_PERSON: u32 = 300;
/// See [`REQUESTS_PER_MINUTE_PERSON`].
pub const REQUESTS_PER_MINUTE_ADDRESS: u32 = 60;

/// From accepting to the end of a TLS handshake, from there to the first byte, and from that to the end of
/// the headers.
pub const HTTP_HEADERS_MS: u64 = 10_000;

/// What a body may take to arrive, and how many bytes buy another second.
pub const HTTP_BODY_MS: u64 = 15_000;
/// See [`HTTP_BODY_MS`].
pub const HTTP_BODY_BYTES_PER_SECOND: u64 = 1_024;

/// Silence between two requests of a connection.
pub const HTTP_IDLE_MS: u64 = 60_000;

/// How long a reader may take nothing of an answer.
pub const HTTP_WRITE_MS: u64 = 10_000;

/// No such time may be set longer than ten minutes.
pub const HTTP_MS_MAX: u64 = 600_000;

/// TLS handshakes at once: each costs a signature, and the others wait.
pub const TLS_HANDSHAKES_MAX: usize = 200;

/// How often the certificate's files are looked at.
pub const TLS_LOOK_MS: u64 = 5_000;

/// Bytes that are carried at once, each way, between a TLS connection and its shard: each holds as many.
pub const TLS_CARRY_BYTES: usize = 4 * 1024;

/// Files that a live connection over TLS takes: its socket and both ends of the pipe to its shard.
pub const TLS_LIVE_FILES: usize = 3;

/// How long a live connection that we speak for may take nothing: it has time to hear why it is closed (R24).
pub const LIVE_WRITE_MS_MAX: u64 = SEND_QUEUE_MS_MAX + 2 * CLOSE_MS_MAX;

/// Files that a live connection as a stream of events takes: its socket and both ends of the pipe to its shard.
pub const STREAM_LIVE_FILES: usize = 3;

/// Bytes that a stream of events reads from its shard at once, on the stack.
pub const STREAM_READ_BYTES: usize = 4 * 1024;

/// How long a message to a stream may wait for its session to read on: as long as a client may take nothing.
pub const STREAM_SEND_MS_MAX: u64 = SEND_QUEUE_MS_MAX;

/// Bytes that a WebSocket off the shards, such as a dialect's, reads at once; it keeps as many while it waits.
pub const WEBSOCKET_READ_BYTES: usize = 4 * 1024;

/// Headers of one request.
pub const HTTP_HEADERS_MAX: usize = 64;

/// Bytes of a request's head.
pub const HTTP_BUFFER_BYTES_MAX: usize = 16 * 1024;

/// How long accepting pauses when there are no file descriptors left.
pub const ACCEPT_PAUSE_MS: u64 = 50;

/// How long a cart lasts from its first seat (R40).
pub const HOLD_MS: u64 = 10 * 60 * 1_000;

/// How long places are kept for somebody in the waiting list (R117).
pub const OFFER_MS: u64 = houseful_apps::seats::config::OFFER_MS;

/// Carts that one person may start in an hour at one event (R97); the reason is with the rule.
pub const HOLDS_PER_HOUR: u32 = houseful_apps::seats::config::HOLDS_PER_HOUR;

/// Events to come, and organisers, that one person may follow: more than anybody keeps in mind.
pub const FOLLOWED_EVENTS_PER_PERSON: u32 = 100;
/// See [`FOLLOWED_EVENTS_PER_PERSON`].
pub const FOLLOWED_ORGANISERS_PER_PERSON: u32 = 100;

/// Times before an event at which one person may be reminded of it.
pub const LEADS_PER_PERSON_MAX: usize = 5;

/// How long before its start those are told of an event who wish it promptly: the day ahead that older systems promise.
pub const DAY_AHEAD_MS: i64 = 24 * 60 * 60 * 1_000;

/// People who are told something in one transaction: a few milliseconds of the writer, who has others to serve.
pub const TOLD_AT_ONCE: usize = 250;

/// Notices that the lobby is handed in one command: a body of some 64 KiB.
pub const NOTICES_PER_TELL_MAX: usize = 100;

/// Facts about one person, such as mentions, that wait to be recorded; beyond, they are dropped and counted.
pub const ATTENTION_ROWS_MAX: usize = 4_096;

/// The notifying task looks at the wall clock at least so often, for it may have jumped.
pub const NOTIFY_LOOK_MS_MAX: i64 = 60_000;

/// How long after a start nobody counts as away: whoever was cut off is back by then, and needs no mail.
pub const NOTIFY_SETTLE_MS: u64 = 20_000;

/// What the notifying task waits when the store has failed it.
pub const NOTIFY_RETRY_MS: i64 = 5_000;

/// Bookings are looked through so far back when the server starts, for some of which nobody was told.
pub const BOOKINGS_LOOKED_BACK_MS: i64 = 24 * 60 * 60 * 1_000;

/// Between a booking's decision and its row in the store there is less than this.
pub const BOOKING_COMMIT_MS_MAX: i64 = 60_000;

/// Tries of a mail, and how long it is worth trying.
pub const MAIL_TRIES_MAX: u32 = 8;
/// See [`MAIL_TRIES_MAX`].
pub const MAIL_LIFE_MS: i64 = 24 * 60 * 60 * 1_000;

/// Mails that are sent at once, each on a connection of its own.
pub const MAILS_AT_ONCE: usize = 4;

/// Mails that are read from the outbox together.
pub const MAILS_PER_ROUND: usize = 100;

/// How long the mail server may take for an answer.
pub const MAIL_ANSWER_MS_MAX: u64 = 10_000;

/// The longest pause when the mail server does not answer at all.
pub const MAIL_PAUSE_MS_MAX: i64 = 5 * 60 * 1_000;

/// Characters of what went wrong with a mail that are kept.
pub const MAIL_ERROR_CHARS_MAX: usize = 300;

/// Tickets in one PDF: as many places as one person may have at all.
pub const TICKETS_PER_PDF_MAX: usize = 100;

/// PDFs and tables that are made at once over HTTP; each takes a core for some milliseconds.
pub const PAPERS_AT_ONCE: usize = 4;

/// Bookings of one XLSX, which is made in memory; a CSV has them all.
pub const XLSX_ORDERS_MAX: usize = 20_000;

/// Bookings that are read together for a file.
pub const EXPORT_PAGE_ORDERS: usize = 500;

/// Characters of one cell of a table; the format of XLSX ends at 32,767.
pub const CELL_CHARS_MAX: usize = 30_000;

/// Events in somebody's calendar.
pub const CALENDAR_EVENTS_MAX: usize = 500;

/// How long clients have between being told to go and being closed.
pub const DRAIN_NOTICE_MS: u64 = 200;

/// How long a drain waits for what is under way.
pub const DRAIN_MS_MAX: u64 = 10_000;

/// How often ended logins and idle limits are forgotten.
pub const TIDY_MS: u64 = 10 * 60 * 1_000;

/// A seating plan as JSON: a hundred thousand seats in rows, with attributes.
pub const PLAN_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

const _: () = assert!(REVOCATIONS_KEPT_S > ACCESS_LIFE_S + TOKEN_LEEWAY_S);
const _: () = assert!(LOGIN_IDLE_MS < LOGIN_LIFE_MS);
const _: () = assert!(VISITORS_PER_ADDRESS < LIVE_PER_ADDRESS);
const _: () = assert!(SIGN_IN_FORGIVEN_MS > SIGN_IN_BACK_OFF_MS_MAX);
const _: () = assert!(PASSWORD_CHARS_MIN < PASSWORD_CHARS_MAX);
