//! For conformance suites: shards, connections and framing as the server has them, with a host that sends
//! every message back. It takes any path and any protocol, and messages larger than the server takes.

use houseful::app::exit_on_dead_shard;
use houseful::clock::{Clock, SystemClock};
use houseful::config::Config;
use houseful::fanout::{Arrival, Arrived, Connection, Handed, Shard, ShardHost, open};
use houseful::places::Places;
use houseful_room::Mono;
use houseful_wire::ws::{self, WsLimits};
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the suite's largest cases need; the server's own limits are far below.
const LIMITS: WsLimits = WsLimits {
    message_bytes_soft_max: 16 * 1024 * 1024,
    message_bytes_hard_max: 16 * 1024 * 1024,
    fragments_max: 1024 * 1024,
};
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Sends back what it gets.
struct Echo(WsLimits);

impl ShardHost for Echo {
    fn arrived(&self, shard: &Rc<Shard>, connection: Rc<Connection>, arrived: Arrived) {
        let Arrived { early, place, .. } = arrived;
        let (shard, limits) = (shard.clone(), self.0);
        tokio::task::spawn_local(async move {
            let echo = async |incoming| echo(&connection, incoming, shard.now());
            connection.read(early, limits, echo).await;
            connection.drop_now();
            shard.remove(&connection);
            drop(place);
        });
    }

    fn tick(&self, _: &Rc<Shard>, _: Mono) {}

    fn revoked(&self, _: &Rc<Shard>, _: &[u64]) {}
}

fn echo(connection: &Rc<Connection>, incoming: ws::Event<'static>, now: Mono) {
    match incoming {
        ws::Event::Text(text) => connection.send_text(&text, now),
        ws::Event::Binary(bytes) => {
            let mut frame = Vec::with_capacity(bytes.len() + 10);
            ws::encode_frame(ws::Opcode::Binary, &bytes, &mut frame);
            connection.send_encoded(&frame, now);
        }
        ws::Event::TooLarge => {}
        control => connection.answer(&control, now),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (shards, inboxes) = open(1);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let is_as_served = std::env::args().any(|argument| argument == "--as-served");
    let limits = if is_as_served { WsLimits::DEFAULT } else { LIMITS };
    inboxes.start(&clock, exit_on_dead_shard, move || Echo(limits))?;
    let places = Places::new(Config::default().for_demo().connections);
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (mut stream, peer) = listener.accept().await?;
        let Ok(early) = shake_hands(&mut stream).await else { continue };
        let Ok(place) = places.live(peer.ip(), 1) else { continue };
        let arrival =
            Arrival { socket: Handed::Tcp(stream.into_std()?), early, place, identity: None };
        shards.arrive(arrival).await;
    }
}

/// Answers the upgrade, and what came behind it.
async fn shake_hands(stream: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    let end = loop {
        if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        anyhow::ensure!(head.len() < HEAD_BYTES_MAX, "the head has no end");
        anyhow::ensure!(stream.read_buf(&mut head).await? > 0, "the head was cut off");
    };
    let early = head.split_off(end);
    let head = String::from_utf8(head)?;
    let key = head.lines().filter_map(|line| line.split_once(':'));
    let key = key.filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
    let key = key.map(|(_, key)| key.trim()).next().unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        ws::accept_key(key)
    );
    stream.write_all(answer.as_bytes()).await?;
    Ok(early)
}
