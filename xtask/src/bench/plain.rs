//! A plain server to compare with, as one writes it in an afternoon: a task for each WebSocket, a broadcast
//! channel for each event, and for each request one transaction of an UPDATE that sees whether the seat is
//! still free. It keeps no journal, no orders' places, no command ids, and nobody can resume; it speaks just
//! enough of the protocol for the same buyers.

use anyhow::{Context, Result};
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use rusqlite::{Connection, params};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

/// What a plain server serves.
#[derive(Args)]
pub struct Plain {
    /// An empty folder.
    #[arg(long)]
    pub folder: PathBuf,
    /// How many events.
    #[arg(long)]
    pub events: usize,
    /// How many seats each has.
    #[arg(long)]
    pub seats: u64,
}

/// One request, and who waits for its outcome.
struct Ask {
    room: String,
    buyer: i64,
    /// The seat to hold; none to book what is held.
    seat: Option<i64>,
    to: oneshot::Sender<bool>,
}

/// The rooms' channels.
type Rooms = Arc<HashMap<String, broadcast::Sender<Arc<str>>>>;

/// The room of the nth event.
pub fn room(nth: usize) -> String {
    format!("events/{nth}/seats")
}

/// Serves until it is killed.
#[expect(clippy::disallowed_methods, reason = "it is what a plain server does")]
pub fn run(plain: &Plain) -> Result<()> {
    let db = open(plain)?;
    let (asks, asked) = sync_channel(4_096);
    thread::Builder::new().name("writer".into()).spawn(move || write(&db, &asked))?;
    let names = (0..plain.events).map(room);
    let rooms: Rooms = Arc::new(names.map(|room| (room, broadcast::channel(4_096).0)).collect());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        for buyer in 0.. {
            let (stream, _) = listener.accept().await?;
            let (rooms, asks) = (rooms.clone(), asks.clone());
            // Whoever has gone needs no answer.
            tokio::spawn(async move { serve(stream, buyer, &rooms, &asks).await.ok() });
        }
        Ok(())
    })
}

fn open(plain: &Plain) -> Result<Connection> {
    let db = Connection::open(plain.folder.join("plain.db"))?;
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "cache_size", -16 * 1024)?;
    db.execute_batch(
        "CREATE TABLE seats (room TEXT, no INTEGER, state INTEGER, holder INTEGER, until INTEGER,
                             PRIMARY KEY (room, no)) WITHOUT ROWID;
         CREATE INDEX held ON seats (holder) WHERE state = 1;
         CREATE TABLE orders (id INTEGER PRIMARY KEY, room TEXT, seat INTEGER, holder INTEGER);",
    )?;
    db.execute_batch("BEGIN")?;
    for room in (0..plain.events).map(room) {
        for seat in 0..plain.seats {
            db.prepare_cached("INSERT INTO seats VALUES (?1, ?2, 0, NULL, NULL)")?
                .execute(params![room, seat as i64])?;
        }
    }
    db.execute_batch("COMMIT")?;
    Ok(db)
}

/// One transaction for each request, in the order in which they come.
fn write(db: &Connection, asked: &Receiver<Ask>) -> Result<()> {
    while let Ok(ask) = asked.recv() {
        db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let changed = match ask.seat {
            Some(seat) => db
                .prepare_cached(
                    "UPDATE seats SET state = 1, holder = ?3, until = 600
                     WHERE room = ?1 AND no = ?2 AND state = 0",
                )?
                .execute(params![ask.room, seat, ask.buyer])?,
            None => {
                db.prepare_cached(
                    "INSERT INTO orders (room, seat, holder)
                     SELECT room, no, holder FROM seats WHERE holder = ?1 AND state = 1",
                )?
                .execute([ask.buyer])?;
                db.prepare_cached("UPDATE seats SET state = 2 WHERE holder = ?1 AND state = 1")?
                    .execute([ask.buyer])?
            }
        };
        db.prepare_cached("COMMIT")?.execute([])?;
        let _ = ask.to.send(changed > 0);
    }
    Ok(())
}

/// One connection: requests in, answers and everybody's changes out.
async fn serve(stream: TcpStream, buyer: i64, rooms: &Rooms, asks: &SyncSender<Ask>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = tokio_tungstenite::accept_hdr_async(stream, protocol).await?;
    let mut changes = None;
    let mut held = 0;
    loop {
        let message = match &mut changes {
            None => socket.next().await,
            Some(changes) => tokio::select! {
                message = socket.next() => message,
                change = next(changes) => {
                    let text = format!(r#"{{"t":"ops","fragments":[{}]}}"#, change?);
                    socket.send(Message::text(text)).await?;
                    continue;
                }
            },
        };
        let Some(Message::Text(text)) = message.transpose()? else { return Ok(()) };
        let frame: Value = serde_json::from_str(&text)?;
        let room = frame["room"].as_str().unwrap_or_default();
        let text = match frame["t"].as_str() {
            Some("hello") => answer("welcome", &frame, ""),
            Some("join") => {
                changes = Some(rooms.get(room).context("no such room")?.subscribe());
                answer("joined", &frame, r#","term":1"#)
            }
            Some("command") => {
                let (to, outcome) = oneshot::channel();
                let seat = frame["body"]["seats"][0].as_i64();
                held = seat.unwrap_or(held);
                asks.send(Ask { room: room.to_owned(), buyer, seat, to })?;
                if outcome.await? {
                    let state = if seat.is_some() { 1 } else { 2 };
                    let change = format!(r#"["set","seats",{held},{state}]"#);
                    // Nobody may be there to see it.
                    let _ = rooms.get(room).context("no such room")?.send(change.into());
                    answer("ok", &frame, "")
                } else {
                    answer("refused", &frame, r#","code":"seats_taken""#)
                }
            }
            _ => answer("ok", &frame, ""),
        };
        socket.send(Message::text(text)).await?;
    }
}

fn answer(t: &str, frame: &Value, more: &str) -> String {
    format!(r#"{{"t":"{t}","ref":{}{more}}}"#, frame["ref"])
}

/// The next change; who was too slow goes on with what is left.
async fn next(changes: &mut broadcast::Receiver<Arc<str>>) -> Result<Arc<str>> {
    loop {
        match changes.recv().await {
            Ok(change) => return Ok(change),
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(closed) => return Err(closed.into()),
        }
    }
}

fn protocol(
    _: &Request,
    mut answer: Response,
) -> Result<Response, tokio_tungstenite::tungstenite::handshake::server::ErrorResponse> {
    let name = tokio_tungstenite::tungstenite::http::HeaderValue::from_static("houseful.v1");
    answer.headers_mut().insert("Sec-WebSocket-Protocol", name);
    Ok(answer)
}
