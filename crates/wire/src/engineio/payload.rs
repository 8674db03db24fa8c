//! Several packets in one body of long polling. They are read one by one, so that a body costs no more than itself.

use super::{BadPacket, Packet, Revision, v3};

/// Between two packets of revision 4.
const SEPARATOR: char = '\x1e';

/// A body, with what tells how it is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// `text/plain; charset=UTF-8`.
    Text(String),
    /// `application/octet-stream`; revision 3 only.
    Binary(Vec<u8>),
}

/// Writes packets into one body. Only a client of revision 3 that said so gets bytes as bytes.
pub fn encode_payload(packets: &[Packet], revision: Revision, takes_binary: bool) -> Body {
    let has_binary = || packets.iter().any(|packet| matches!(packet, Packet::Binary(_)));
    match revision {
        Revision::V4 => {
            let texts: Vec<String> =
                packets.iter().map(|packet| packet.to_text(revision)).collect();
            Body::Text(texts.join(&SEPARATOR.to_string()))
        }
        Revision::V3 if takes_binary && has_binary() => Body::Binary(v3::encode_binary(packets)),
        Revision::V3 => Body::Text(v3::encode_text(packets)),
    }
}

/// The packets of a body, in order; nothing comes after one that is bad.
pub struct Packets<'a> {
    rest: Option<Rest<'a>>,
    revision: Revision,
}

enum Rest<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
}

impl<'a> Packets<'a> {
    /// Of a body of text.
    pub fn of_text(text: &'a str, revision: Revision) -> Packets<'a> {
        Packets { rest: Some(Rest::Text(text)), revision }
    }

    /// Of a body of bytes, which only revision 3 knows.
    pub fn of_bytes(bytes: &'a [u8]) -> Packets<'a> {
        Packets { rest: Some(Rest::Binary(bytes)), revision: Revision::V3 }
    }

    fn take(&mut self, rest: Rest<'a>) -> Result<Packet, BadPacket> {
        match (rest, self.revision) {
            (Rest::Text(text), Revision::V4) => {
                let (packet, rest) = match text.split_once(SEPARATOR) {
                    Some((packet, rest)) => (packet, Some(Rest::Text(rest))),
                    None => (text, None),
                };
                self.rest = rest;
                Packet::from_any_text(packet, self.revision)
            }
            (Rest::Text(text), Revision::V3) => {
                let (packet, rest) = v3::split_text(text)?;
                self.rest = (!rest.is_empty()).then_some(Rest::Text(rest));
                Packet::from_any_text(packet, self.revision)
            }
            (Rest::Binary(bytes), _) => {
                let (packet, rest) = v3::split_binary(bytes)?;
                self.rest = (!rest.is_empty()).then_some(Rest::Binary(rest));
                packet
            }
        }
    }
}

impl Iterator for Packets<'_> {
    type Item = Result<Packet, BadPacket>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let packet = self.take(rest);
        if packet.is_err() {
            self.rest = None;
        }
        Some(packet)
    }
}
