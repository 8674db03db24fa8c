//! Webhooks: organisers' own servers are told what happens to their events, signed by the Standard Webhooks convention,
//! at least once, with an id by which a second copy is known. Nothing that is told of waits for it.

mod dispatch;
mod kind;
mod sign;

pub(crate) use dispatch::message_id;
pub use dispatch::{Dispatch, Doorbell};
pub use kind::HookKind;
pub use sign::{secret_text, sign};
