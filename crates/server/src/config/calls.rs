//! Which other servers may be called, for webhooks and Web Push. What is never called, whatever is set here, is in
//! `calls`.

use serde::{Deserialize, Serialize};

/// Which other servers may be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calls {
    /// Their ports.
    pub ports: Vec<u16>,
    /// Whether programs on this very machine may be called, at any port and without TLS: for trying things out.
    pub loopback: bool,
}

impl Default for Calls {
    fn default() -> Self {
        Calls { ports: vec![443, 8443], loopback: false }
    }
}

impl Calls {
    pub(super) fn problems(&self) -> Vec<String> {
        let is_wrong = self.ports.is_empty() || self.ports.contains(&0);
        let text = || "calls.ports: at least one port is needed, and 0 is none".to_owned();
        is_wrong.then(text).into_iter().collect()
    }
}
