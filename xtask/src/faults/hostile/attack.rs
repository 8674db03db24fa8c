//! What a client can do to a server that wants to do harm, one kind at a time. Each life ends by itself
//! or when the server ends it; nobody here expects an answer.

use crate::client::chance::Chance;
use crate::client::live::{Live, connect};
use anyhow::Result;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Between two blows of one attacker.
const PAUSE_MS: u64 = 250;
/// Blows of one life.
const BLOWS: usize = 40;
/// Frames of one blow.
const FRAMES: usize = 16;
/// A life without an end of its own.
const LONG: Duration = Duration::from_secs(90);

/// Kinds of attackers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Connects and says nothing.
    Silent,
    /// A request's head, one byte a second.
    DripHead,
    /// More and longer headers than anyone needs.
    Headers,
    /// Bytes that are no protocol.
    Garbage,
    /// Upgrades and never says hello.
    NoHello,
    /// A frame, one byte a second.
    DripFrame,
    /// Asks for snapshots with a closed window, and never reads.
    Deaf,
    /// Joins, and is never heard of again.
    Dead,
    /// A message in tiny fragments that never ends.
    Fragments,
    /// Empty frames.
    Empty,
    /// Messages that are too large, and frames that claim to be.
    Large,
    /// Commands as fast as can be.
    Commands,
    /// Joins and leaves in turn.
    JoinLeave,
    /// Connects and closes.
    Comings,
    /// Pings with much in them.
    Pings,
}

/// All of them.
pub const KINDS: [Kind; 15] = [
    Kind::Silent,
    Kind::DripHead,
    Kind::Headers,
    Kind::Garbage,
    Kind::NoHello,
    Kind::DripFrame,
    Kind::Deaf,
    Kind::Dead,
    Kind::Fragments,
    Kind::Empty,
    Kind::Large,
    Kind::Commands,
    Kind::JoinLeave,
    Kind::Comings,
    Kind::Pings,
];

/// Where and what to attack.
#[derive(Clone)]
pub struct Target {
    pub server: SocketAddr,
    pub room: String,
}

impl Target {
    /// One life of an attacker. An error is only that the server has ended it.
    pub async fn attack(&self, kind: Kind, from: Ipv4Addr, chance: &mut Chance) -> Result<()> {
        match kind {
            Kind::Silent => self.silent(from).await,
            Kind::DripHead => self.drip_head(from).await,
            Kind::Headers => self.headers(from).await,
            Kind::Garbage => self.garbage(from, chance).await,
            Kind::NoHello => read_on(Live::open(self.server, from).await?).await,
            Kind::DripFrame => self.drip_frame(from).await,
            Kind::Deaf => self.deaf(from).await,
            Kind::Dead => self.dead(from).await,
            Kind::Comings => self.comings(from).await,
            Kind::Large => self.large(from).await,
            Kind::Fragments => self.blows(from, |_| frame(0x00, b"x")).await,
            Kind::Empty => self.blows(from, |_| frame(0x00, b"")).await,
            Kind::Pings => self.blows(from, |_| frame(0x89, &[7; 125])).await,
            Kind::Commands => self.blows(from, |nth| self.command(nth)).await,
            Kind::JoinLeave => self.blows(from, |nth| self.join_or_leave(nth)).await,
        }
    }

    async fn silent(&self, from: Ipv4Addr) -> Result<()> {
        until_closed(connect(self.server, from).await?).await
    }

    async fn drip_head(&self, from: Ipv4Addr) -> Result<()> {
        let mut stream = connect(self.server, from).await?;
        for byte in b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
            stream.write_all(&[*byte]).await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(())
    }

    async fn headers(&self, from: Ipv4Addr) -> Result<()> {
        let mut stream = connect(self.server, from).await?;
        stream.write_all(b"GET /api/v1/events HTTP/1.1\r\n").await?;
        for nth in 0..2_000 {
            stream.write_all(format!("X-{nth}: {}\r\n", "a".repeat(100)).as_bytes()).await?;
        }
        until_closed(stream).await
    }

    async fn garbage(&self, from: Ipv4Addr, chance: &mut Chance) -> Result<()> {
        let bytes: Vec<u8> = (0..512).flat_map(|_| chance.next().to_le_bytes()).collect();
        if chance.percent(50) {
            let mut live = self.enter(from).await?;
            live.stream().write_all(&bytes).await?;
            return read_on(live).await;
        }
        let mut stream = connect(self.server, from).await?;
        stream.write_all(&bytes).await?;
        until_closed(stream).await
    }

    async fn drip_frame(&self, from: Ipv4Addr) -> Result<()> {
        let mut live = self.enter(from).await?;
        for byte in frame(0x81, &[b' '; 80]) {
            live.stream().write_all(&[byte]).await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(())
    }

    async fn deaf(&self, from: Ipv4Addr) -> Result<()> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(4_096)?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let mut live = Live::upgrade(socket.connect(self.server).await?, self.server).await?;
        live.send(r#"{"t":"hello","ref":1}"#).await?;
        for _ in 0..BLOWS {
            for reference in 2..8 {
                live.send(&json!({ "t": "join", "ref": reference, "room": self.room }).to_string())
                    .await?;
            }
            tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
        }
        tokio::time::sleep(LONG).await;
        Ok(())
    }

    async fn dead(&self, from: Ipv4Addr) -> Result<()> {
        let live = self.enter(from).await?;
        tokio::time::sleep(LONG).await;
        drop(live);
        Ok(())
    }

    async fn comings(&self, from: Ipv4Addr) -> Result<()> {
        for nth in 0..BLOWS {
            match nth % 3 {
                0 => drop(connect(self.server, from).await?),
                1 => connect(self.server, from).await?.set_zero_linger()?,
                _ => drop(Live::open(self.server, from).await?),
            }
            tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
        }
        Ok(())
    }

    async fn large(&self, from: Ipv4Addr) -> Result<()> {
        let mut live = self.enter(from).await?;
        for _ in 0..4 {
            live.send(&" ".repeat(64 * 1_024)).await?;
            tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
        }
        let mut claim = vec![0x81, 0xff];
        claim.extend((1u64 << 40).to_be_bytes());
        claim.extend([0; 4]);
        live.stream().write_all(&claim).await?;
        live.stream().write_all(&vec![b'x'; 64 * 1_024]).await?;
        read_on(live).await
    }

    /// The same again and again, and what comes is read.
    async fn blows(&self, from: Ipv4Addr, blow: impl Fn(usize) -> Vec<u8>) -> Result<()> {
        let mut live = self.enter(from).await?;
        live.stream().write_all(&frame(0x01, b"[")).await?;
        let mut nth = 0;
        for _ in 0..BLOWS {
            let frames: Vec<u8> = (nth..nth + FRAMES).flat_map(&blow).collect();
            nth += FRAMES;
            live.stream().write_all(&frames).await?;
            let pause = tokio::time::sleep(Duration::from_millis(PAUSE_MS));
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    heard = live.receive() => drop(heard?),
                    () = &mut pause => break,
                }
            }
        }
        Ok(())
    }

    fn command(&self, nth: usize) -> Vec<u8> {
        let id = uuid::Uuid::now_v7();
        let frame = json!({ "t": "command", "ref": nth + 10, "room": self.room, "term": 1, "id": id,
            "name": "hold", "body": { "seats": [nth] } });
        text(&frame.to_string())
    }

    fn join_or_leave(&self, nth: usize) -> Vec<u8> {
        let t = if nth.is_multiple_of(2) { "leave" } else { "join" };
        text(&json!({ "t": t, "ref": nth + 10, "room": self.room }).to_string())
    }

    /// A visitor in the room.
    async fn enter(&self, from: Ipv4Addr) -> Result<Live> {
        let mut live = Live::open(self.server, from).await?;
        live.send(r#"{"t":"hello","ref":1}"#).await?;
        live.send(&json!({ "t": "join", "ref": 2, "room": self.room }).to_string()).await?;
        Ok(live)
    }
}

/// A masked frame with up to 125 bytes.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    frame.extend(payload);
    frame
}

/// A whole text message.
fn text(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    crate::client::codec::encode(text, 0x1234_5678, &mut out);
    out
}

async fn until_closed(mut stream: TcpStream) -> Result<()> {
    let mut bytes = [0; 4_096];
    let read = async { while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {} };
    let _ = tokio::time::timeout(LONG, read).await;
    Ok(())
}

async fn read_on(mut live: Live) -> Result<()> {
    let read = async { while live.receive().await.is_ok() {} };
    let _ = tokio::time::timeout(LONG, read).await;
    Ok(())
}
