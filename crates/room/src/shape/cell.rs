//! One last value.

use super::{Shape, misfit};
use crate::op::to_json;
use crate::{Audience, Corrupt, Op, Recorder};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// One value, of which the last counts. Empty until it is first set.
#[derive(Debug)]
pub struct Cell<T> {
    audience: Audience,
    value: Option<T>,
    before: Option<Option<T>>,
}

impl<T> Default for Cell<T> {
    fn default() -> Self {
        Cell::for_audience(Audience::All)
    }
}

impl<T> Cell<T> {
    /// A cell that only this audience sees.
    pub fn for_audience(audience: Audience) -> Self {
        Cell { audience, value: None, before: None }
    }

    /// The value, if it was ever set.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Sets the value.
    pub fn set(&mut self, value: T) {
        let before = self.value.replace(value);
        self.before.get_or_insert(before);
    }
}

impl<T: Serialize + DeserializeOwned> Shape for Cell<T> {
    fn drain(&mut self, name: &str, into: &mut Recorder) {
        if self.before.take().is_some() {
            into.cell(&self.audience, name, &self.value);
        }
    }

    fn rollback(&mut self) {
        if let Some(before) = self.before.take() {
            self.value = before;
        }
    }

    fn apply(&mut self, _: &Audience, op: &Op<'_>) -> Result<(), Corrupt> {
        let Op::Cell(_, value) = op else { return Err(misfit(op)) };
        self.value = Some(serde_json::from_str(value.get())?);
        Ok(())
    }

    fn view(&self, audience: &Audience) -> Option<String> {
        let value = self.value.as_ref().filter(|_| *audience == self.audience)?;
        Some(format!("{{\"cell\":{}}}", to_json(value)))
    }

    fn store(&self) -> String {
        to_json(&self.value)
    }

    fn restore(&mut self, stored: &RawValue) -> Result<(), Corrupt> {
        self.value = serde_json::from_str(stored.get())?;
        Ok(())
    }
}
