//! The domain's "no": a code for machines, text for people, and what helps to go on.

use serde::Serialize;
use std::collections::BTreeMap;

/// Why a request was not done. Nothing of it has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// A stable code from the application's or the protocol's table.
    pub code: &'static str,
    /// One or two plain sentences.
    pub message: String,
    /// When to try again, in milliseconds, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// What belongs to the code, such as the seats that are taken and what is free nearby.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
}

impl Refusal {
    /// A refusal with a code and a sentence.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Refusal { code, message, retry_after_ms: None, fields: BTreeMap::new(), details: None }
    }

    /// Names a field.
    pub fn field(mut self, name: impl Into<String>, reason: impl Into<String>) -> Self {
        self.fields.insert(name.into(), reason.into());
        self
    }

    /// Says when to try again.
    pub fn retry_after_ms(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }

    /// Adds what belongs to the code.
    pub fn details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }
}
