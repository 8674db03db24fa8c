//! A WebSocket off the shards, for what speaks to one client at a time, such as a dialect. It keeps one frame and one
//! answer at the most, and knows nothing of what is said.

mod upgrade;

pub use upgrade::{check, refuse, upgrade};

use crate::drain::Tasks;
use crate::limits;
use houseful_wire::ws::{Decoder, Event, Failure, Opcode, WsLimits, encode_close, encode_frame};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A message over the soft limit has passed by.
    TooLarge,
}

/// The client is gone, or takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client is gone")]
pub struct Gone;

/// Both ways of a connection.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// A server's end of a WebSocket. Dropped before it was closed it hangs up without a goodbye.
pub struct WebSocket {
    /// There until the end; a goodbye takes it along.
    stream: Option<Box<dyn Duplex>>,
    tasks: Tasks,
    limits: WsLimits,
    decoder: Decoder,
    /// What was read and not decoded yet, from `decoded` on.
    input: Vec<u8>,
    decoded: usize,
    /// What is to be written, from `written` on.
    output: Vec<u8>,
    written: usize,
    /// When anything came from the client.
    heard: Instant,
    /// Until when something of it must be taken.
    deadline: Option<Instant>,
}

impl WebSocket {
    /// On a stream that was upgraded, behind whose handshake `early` came already.
    pub fn new<S>(stream: S, early: Vec<u8>, limits: WsLimits, tasks: Tasks) -> WebSocket
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        WebSocket {
            stream: Some(Box::new(stream)),
            tasks,
            limits,
            decoder: Decoder::new(),
            input: early,
            decoded: 0,
            output: Vec::new(),
            written: 0,
            heard: Instant::now(),
            deadline: None,
        }
    }

    /// When anything last came from the client, an answer to a ping too.
    pub fn heard(&self) -> Instant {
        self.heard
    }

    /// What the client says next; nothing when it is gone, or the server goes and has said so (1001). Pings and a
    /// goodbye are answered here. It may be given up at any time: nothing is lost.
    pub async fn next(&mut self) -> Option<Message> {
        let closing = self.tasks.closing();
        loop {
            self.flush().await.ok()?;
            let event = self.decode();
            let Some(event) = event else {
                let reading = self.read();
                tokio::select! {
                    biased;
                    () = closing.cancelled() => self.close(Some(1001), "going away"),
                    read = reading => read.ok()?,
                }
                continue;
            };
            match event {
                Event::Text(text) => return Some(Message::Text(text.into_owned())),
                Event::Binary(bytes) => return Some(Message::Binary(bytes.into_owned())),
                Event::TooLarge => return Some(Message::TooLarge),
                Event::Ping(payload) => self.push(Opcode::Pong, &payload),
                Event::Pong(_) => {}
                Event::Close(code, _) => self.close(code, ""),
                Event::Fail(Failure { code, reason }) => self.close(Some(code), reason),
            }
        }
    }

    /// Sends a text message; done when the kernel has it. Given up, it sends all of it later or nothing.
    pub async fn send(&mut self, text: &str) -> Result<(), Gone> {
        self.send_frame(Opcode::Text, text.as_bytes()).await
    }

    /// Sends a binary message, in the same way.
    pub async fn send_binary(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.send_frame(Opcode::Binary, bytes).await
    }

    /// Asks the client for a sign of life.
    pub async fn ping(&mut self) -> Result<(), Gone> {
        self.send_frame(Opcode::Ping, &[]).await
    }

    /// Says goodbye, without a code if there is none, and hangs up when it is read or has had its time. Nothing comes
    /// from the client any more.
    pub fn close(&mut self, code: Option<u16>, reason: &str) {
        let Some(stream) = self.stream.take() else { return };
        encode_close(code, reason, &mut self.output);
        let rest = self.output.split_off(self.written);
        let time = Duration::from_millis(limits::CLOSE_MS_MAX);
        self.tasks.spawn_carrier(async move {
            // Who has not read it by then does not read.
            let _ = timeout(time, say_goodbye(stream, rest)).await;
        });
    }

    async fn send_frame(&mut self, opcode: Opcode, payload: &[u8]) -> Result<(), Gone> {
        self.flush().await?;
        self.push(opcode, payload);
        self.flush().await
    }

    fn push(&mut self, opcode: Opcode, payload: &[u8]) {
        encode_frame(opcode, payload, &mut self.output);
    }

    fn decode(&mut self) -> Option<Event<'static>> {
        while self.decoded < self.input.len() {
            let rest = &mut self.input[self.decoded..];
            let (used, event) = self.decoder.decode(rest, &self.limits);
            let event = event.map(Event::into_owned);
            self.decoded += used;
            if event.is_some() {
                return event;
            }
        }
        None
    }

    /// Reads more, when all before is decoded.
    async fn read(&mut self) -> Result<(), Gone> {
        let stream = self.stream.as_mut().ok_or(Gone)?;
        self.input.clear();
        self.input.shrink_to(limits::WEBSOCKET_READ_BYTES);
        self.input.reserve_exact(limits::WEBSOCKET_READ_BYTES);
        self.decoded = 0;
        match stream.read_buf(&mut self.input).await {
            Ok(1..) => {
                self.heard = Instant::now();
                Ok(())
            }
            Ok(0) | Err(_) => Err(self.hang_up()),
        }
    }

    /// Writes what is to be written. What was taken stays taken, wherever this is given up.
    async fn flush(&mut self) -> Result<(), Gone> {
        while self.written < self.output.len() {
            let stream = self.stream.as_mut().ok_or(Gone)?;
            let time = Duration::from_millis(limits::SEND_QUEUE_MS_MAX);
            let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + time);
            let writing = stream.write(&self.output[self.written..]);
            match timeout_at(deadline, writing).await {
                Ok(Ok(count @ 1..)) => self.written += count,
                _ => return Err(self.hang_up()),
            }
            self.deadline = None;
        }
        if self.written > 0 {
            // TLS keeps a record to itself until it is told.
            let stream = self.stream.as_mut().ok_or(Gone)?;
            if stream.flush().await.is_err() {
                return Err(self.hang_up());
            }
            (self.output, self.written) = (Vec::new(), 0);
        }
        self.stream.as_ref().map(|_| ()).ok_or(Gone)
    }

    fn hang_up(&mut self) -> Gone {
        self.stream = None;
        Gone
    }
}

/// Writes the last bytes and reads to the client's end: a socket that is closed over unread bytes takes back what it
/// has sent.
async fn say_goodbye(mut stream: Box<dyn Duplex>, rest: Vec<u8>) -> io::Result<()> {
    stream.write_all(&rest).await?;
    stream.shutdown().await?;
    let mut bytes = vec![0; limits::WEBSOCKET_READ_BYTES];
    while stream.read(&mut bytes).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use houseful_wire::ws::apply_mask;
    use tokio::io::{DuplexStream, duplex};
    use tokio::runtime::Handle;

    const LIMITS: WsLimits = WsLimits {
        message_bytes_soft_max: 1_000,
        message_bytes_hard_max: 10_000,
        fragments_max: 4,
    };

    fn pair(kernel_bytes: usize) -> (WebSocket, DuplexStream, Tasks) {
        let (near, far) = duplex(kernel_bytes);
        let tasks = Tasks::new(Handle::current());
        (WebSocket::new(near, Vec::new(), LIMITS, tasks.clone()), far, tasks)
    }

    /// A client's frame.
    fn frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        encode_frame(opcode, payload, &mut plain);
        let split = plain.len() - payload.len();
        let mut masked = plain[..split].to_vec();
        masked[1] |= 0x80;
        masked.extend_from_slice(&[1, 2, 3, 4]);
        apply_mask(&mut plain[split..], [1, 2, 3, 4], 0);
        masked.extend_from_slice(&plain[split..]);
        masked
    }

    fn close_frame(code: Option<u16>, reason: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode_close(code, reason, &mut bytes);
        bytes
    }

    async fn all(mut far: DuplexStream) -> Vec<u8> {
        let mut bytes = Vec::new();
        far.read_to_end(&mut bytes).await.unwrap();
        bytes
    }

    #[tokio::test]
    async fn messages_come_in_order_whatever_pieces_they_come_in() {
        for size in [1, 3, 1_000] {
            let (mut socket, mut far, _) = pair(64 * 1_024);
            let mut bytes = frame(Opcode::Text, "é".as_bytes());
            bytes.extend(frame(Opcode::Ping, b"alive?"));
            bytes.extend(frame(Opcode::Binary, &[7; 300]));
            bytes.extend(frame(Opcode::Text, &[b'x'; 1_001]));
            bytes.extend(frame(Opcode::Close, &[]));
            for piece in bytes.chunks(size) {
                far.write_all(piece).await.unwrap();
            }
            assert_eq!(socket.next().await, Some(Message::Text("é".to_owned())));
            assert_eq!(socket.next().await, Some(Message::Binary(vec![7; 300])));
            assert_eq!(socket.next().await, Some(Message::TooLarge));
            assert_eq!(socket.next().await, None);
            assert_eq!(socket.next().await, None);
            let mut said = Vec::new();
            encode_frame(Opcode::Pong, b"alive?", &mut said);
            said.extend(close_frame(None, ""));
            assert_eq!(all(far).await, said, "a goodbye without a code is answered with none");
        }
    }

    #[tokio::test]
    async fn what_breaks_the_rules_is_told_so_and_hung_up_on() {
        let (mut socket, mut far, _) = pair(64 * 1_024);
        far.write_all(&[0x81, 2, b'n', b'o']).await.unwrap();
        assert_eq!(socket.next().await, None);
        assert_eq!(socket.send("more").await, Err(Gone));
        let said = all(far).await;
        assert_eq!((said[0], &said[2..4]), (0x88, &1002_u16.to_be_bytes()[..]));
    }

    #[tokio::test]
    async fn a_goodbye_says_its_code_or_none_after_all_that_was_sent() {
        for (code, reason) in [(None, ""), (Some(4002), "Too Many")] {
            let (mut socket, far, _) = pair(64 * 1_024);
            socket.send("last words").await.unwrap();
            socket.close(code, reason);
            assert_eq!(socket.next().await, None);
            let mut said = Vec::new();
            encode_frame(Opcode::Text, b"last words", &mut said);
            said.extend(close_frame(code, reason));
            assert_eq!(all(far).await, said);
        }
    }

    #[tokio::test]
    async fn a_server_that_goes_says_so() {
        let (mut socket, far, tasks) = pair(64 * 1_024);
        tasks.close();
        assert_eq!(socket.next().await, None);
        assert_eq!(all(far).await, close_frame(Some(1001), "going away"));
        tasks.carried().await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_gone_and_nothing_piles_up() {
        let (mut socket, far, _) = pair(16);
        assert_eq!(socket.send(&"x".repeat(100)).await, Err(Gone));
        assert_eq!(socket.next().await, None);
        drop(far);
    }

    #[tokio::test]
    async fn waiting_may_be_given_up_at_any_time() {
        let (mut socket, far, _) = pair(1);
        let (mut from, mut to) = tokio::io::split(far);
        let mut bytes = frame(Opcode::Ping, b"alive?");
        bytes.extend(frame(Opcode::Text, b"here"));
        let client = async {
            let mut pong = [0; 8];
            let (wrote, read) = tokio::join!(to.write_all(&bytes), from.read_exact(&mut pong));
            assert!(wrote.is_ok() && read.is_ok());
            assert_eq!(&pong[2..], b"alive?");
        };
        let impatient = async {
            loop {
                tokio::select! {
                    biased;
                    message = socket.next() => return message,
                    () = tokio::task::yield_now() => {}
                }
            }
        };
        let (message, ()) = tokio::join!(impatient, client);
        assert_eq!(message, Some(Message::Text("here".to_owned())));
    }
}
