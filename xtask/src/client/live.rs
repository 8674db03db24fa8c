//! One live connection: the handshake, text out, text in. It understands no frame.

use super::codec::{Incoming, Message, encode};
use anyhow::{Context, Result, bail};
use socket2::SockRef;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Opens a TCP connection from an address of our own, for the server limits by address.
pub async fn connect(server: SocketAddr, from: Ipv4Addr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The same with as little room as the kernel gives for what was not read.
pub async fn connect_small(server: SocketAddr, from: Ipv4Addr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(1)?;
    socket.bind(SocketAddr::from((from, 0)))?;
    Ok(socket.connect(server).await?)
}

/// An address of the loopback network for the nth client.
pub fn address(nth: usize) -> Ipv4Addr {
    let [.., high, low] = (nth as u32 + 1).to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

/// The other side has ended the connection without a goodbye.
#[derive(Debug)]
pub struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the connection is gone")
    }
}

impl std::error::Error for Gone {}

/// Whether an error is only that a connection was lost, and no broken promise.
pub fn is_lost(error: &anyhow::Error) -> bool {
    error.is::<Gone>() || error.is::<io::Error>()
}

/// A WebSocket connection.
pub struct Live {
    stream: TcpStream,
    incoming: Incoming,
    outgoing: Vec<u8>,
    /// Bytes that it reads at once, once in a hundredth of a second, if not all that comes.
    portion: Option<usize>,
}

/// For what was not read, once there is no reason to have little.
const ROOM_BYTES: usize = 256 * 1024;
/// Between two portions.
const PORTION_MS: u64 = 10;

impl Live {
    /// Connects and upgrades (R1).
    pub async fn open(server: SocketAddr, from: Ipv4Addr) -> Result<Live> {
        Live::upgrade(connect(server, from).await?, server).await
    }

    /// Upgrades a connection that is there already.
    pub async fn upgrade(mut stream: TcpStream, server: SocketAddr) -> Result<Live> {
        let request = format!(
            "GET /live HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: houseful.v1\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.context("the upgrade was not answered")?);
        }
        let head = String::from_utf8_lossy(&head).to_lowercase();
        // The answer to the key above, as RFC 6455 itself has it.
        let accepted = head.contains("s3pplmbitxaq9kygzzhzrbk+xoo=");
        if !head.starts_with("http/1.1 101") || !accepted {
            bail!("the upgrade was refused: {}", head.lines().next().unwrap_or_default());
        }
        let (incoming, outgoing) = Default::default();
        Ok(Live { stream, incoming, outgoing, portion: None })
    }

    /// Sends a text message.
    pub async fn send(&mut self, text: &str) -> Result<()> {
        self.outgoing.clear();
        encode(text, 0x5bd1_e995, &mut self.outgoing);
        self.stream.write_all(&self.outgoing).await?;
        Ok(())
    }

    /// The next text message. An error when the connection has ended. May be given up and called again.
    pub async fn receive(&mut self) -> Result<Vec<u8>> {
        loop {
            match self.incoming.next()? {
                Some(Message::Text(text)) => return Ok(text),
                Some(Message::Control) => {}
                Some(Message::Close(code)) => bail!("closed with {code:?}"),
                None => {
                    let space = self.incoming.space();
                    let read = match self.portion {
                        None => {
                            space.reserve(16 * 1024);
                            self.stream.read_buf(space).await?
                        }
                        Some(bytes) => {
                            tokio::time::sleep(Duration::from_millis(PORTION_MS)).await;
                            (&mut self.stream).take(bytes as u64).read_buf(space).await?
                        }
                    };
                    if read == 0 {
                        bail!(Gone);
                    }
                }
            }
        }
    }

    /// From now on it reads at most so many bytes a second, or all that comes: then there is room for it again.
    pub fn read_at_most(&mut self, bytes_per_second: Option<u64>) -> Result<()> {
        let portion = |bytes: u64| (bytes * PORTION_MS / 1_000).max(1) as usize;
        let portion = bytes_per_second.map(portion);
        if self.portion.is_some() && portion.is_none() {
            SockRef::from(&self.stream).set_recv_buffer_size(ROOM_BYTES)?;
        }
        self.portion = portion;
        Ok(())
    }

    /// The connection itself, for what no honest client sends.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Bytes of the last message as they came, with the header.
    pub fn last_bytes(&self) -> usize {
        self.incoming.last_bytes
    }
}
