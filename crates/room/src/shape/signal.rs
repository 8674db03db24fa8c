//! A notice that is part of one transaction and leaves nothing behind.

use super::{Shape, misfit};
use crate::{Audience, Corrupt, Op, Recorder};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// Notices: journaled and sent in order, but no part of any snapshot.
#[derive(Debug)]
pub struct Signal<T> {
    sent: Vec<(Audience, T)>,
}

impl<T> Default for Signal<T> {
    fn default() -> Self {
        Signal { sent: Vec::new() }
    }
}

impl<T> Signal<T> {
    /// Sends a notice to an audience.
    pub fn send(&mut self, audience: Audience, value: T) {
        self.sent.push((audience, value));
    }
}

impl<T: Serialize + DeserializeOwned> Shape for Signal<T> {
    fn drain(&mut self, name: &str, into: &mut Recorder) {
        for (audience, value) in self.sent.drain(..) {
            into.signal(&audience, name, &value);
        }
    }

    fn rollback(&mut self) {
        self.sent.clear();
    }

    fn apply(&mut self, _: &Audience, op: &Op<'_>) -> Result<(), Corrupt> {
        if matches!(op, Op::Signal(..)) { Ok(()) } else { Err(misfit(op)) }
    }

    fn view(&self, _: &Audience) -> Option<String> {
        None
    }

    fn store(&self) -> String {
        "null".into()
    }

    fn restore(&mut self, _: &RawValue) -> Result<(), Corrupt> {
        Ok(())
    }
}
