//! Addresses as an operator writes them: one as text, or several as a list. It binds nothing.

use serde::Deserializer;
use serde::de::{Error, SeqAccess, Visitor};
use std::fmt;
use std::net::SocketAddr;

/// Reads `"127.0.0.1:80"` as well as `["127.0.0.1:80", "[::1]:80"]`.
pub(super) fn one_or_several<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<SocketAddr>, D::Error> {
    from.deserialize_any(OneOrSeveral)
}

struct OneOrSeveral;

impl<'de> Visitor<'de> for OneOrSeveral {
    type Value = Vec<SocketAddr>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an address such as \"127.0.0.1:8787\", or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let bad = || E::custom(format!("`{text}` is no address such as 127.0.0.1:8787"));
        Ok(vec![text.parse().map_err(|_| bad())?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            all.extend(OneOrSeveral.visit_str::<A::Error>(&text)?);
        }
        Ok(all)
    }
}
