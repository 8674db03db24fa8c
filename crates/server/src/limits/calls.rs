//! The bounds of calls to other servers: webhooks and pushes. A part of the one table, never used but through it.

/// How long another server may take for its answer, from looking up its name to the last byte that is read.
pub const CALL_MS_MAX: u64 = 5_000;

/// Bytes that are read of another server's answer: enough to see what it complains about.
pub const CALL_ANSWER_BYTES_MAX: usize = 1_024;

/// Characters of what went wrong with a call that are kept.
pub const CALL_ERROR_CHARS_MAX: usize = 200;

/// Characters of an address that is called.
pub const CALL_URL_CHARS_MAX: usize = 2_048;

/// Webhooks of one person: a few programs for a few kinds each.
pub const WEBHOOKS_PER_PERSON: usize = 20;

/// Bytes of what a webhook is sent.
pub const WEBHOOK_BODY_BYTES_MAX: usize = 64 * 1024;

/// Facts that are turned into deliveries in one transaction.
pub const WEBHOOK_FACTS_AT_ONCE: usize = 100;

/// Webhooks that are called at once.
pub const WEBHOOKS_AT_ONCE: usize = 8;

/// A webhook that has failed for so long, and succeeded never meanwhile, is switched off.
pub const WEBHOOK_FAILING_MS_MAX: i64 = 3 * 24 * 60 * 60 * 1_000;

/// Webhooks that were switched off are looked through so far back when the server starts, for owners to be told.
pub const HOOKS_LOOKED_BACK_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// How long a secret that has a successor signs beside it.
pub const WEBHOOK_SECRET_GRACE_MS: i64 = 24 * 60 * 60 * 1_000;

/// How long what became of a delivery is shown.
pub const WEBHOOK_LOG_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Browsers of one person that are told by Web Push.
pub const PUSH_PER_PERSON: usize = 10;

/// Bytes of what a push says, before it is encrypted: services take 4 KiB of it all.
pub const PUSH_BYTES_MAX: usize = 2_048;

/// Pushes that are sent at once, and read from the outbox together.
pub const PUSHES_AT_ONCE: usize = 8;
/// See [`PUSHES_AT_ONCE`].
pub const PUSHES_PER_ROUND: usize = 100;

/// How long a push service's token of ours is good; at most a day may it be.
pub const VAPID_LIFE_MS: i64 = 12 * 60 * 60 * 1_000;
