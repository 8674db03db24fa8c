//! Collects what is wrong with a drawing, by field. It never stops at the first mistake and never
//! answers with more than a screenful.

use super::PlanInvalid;
use std::collections::BTreeMap;

/// More mistakes than this are not told.
const FIELDS_MAX: usize = 50;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 80;

#[derive(Default)]
pub(super) struct Check {
    fields: BTreeMap<String, String>,
}

impl Check {
    pub(super) fn is_full(&self) -> bool {
        self.fields.len() >= FIELDS_MAX
    }

    pub(super) fn wrong(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        if !self.is_full() {
            self.fields.entry(field.into()).or_insert_with(|| reason.into());
        }
    }

    pub(super) fn name(&mut self, field: &str, name: &str) {
        let chars = name.chars().count();
        if name.trim().is_empty() || chars > NAME_CHARS_MAX {
            self.wrong(field, format!("Use 1 to {NAME_CHARS_MAX} characters."));
        } else if name.chars().any(char::is_control) {
            self.wrong(field, "Control characters are not allowed.");
        }
    }

    pub(super) fn number(&mut self, field: &str, value: f64, min: f64, max: f64) {
        // Not finite is outside every range.
        if !(min..=max).contains(&value) {
            self.wrong(field, format!("Use a number from {min} to {max}."));
        }
    }

    pub(super) fn count(&mut self, field: &str, count: usize, min: usize, max: usize) {
        if !(min..=max).contains(&count) {
            self.wrong(field, format!("There must be {min} to {max}; there are {count}."));
        }
    }

    pub(super) fn finish(self) -> Result<(), PlanInvalid> {
        if self.fields.is_empty() { Ok(()) } else { Err(PlanInvalid { fields: self.fields }) }
    }
}
