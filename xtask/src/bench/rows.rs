//! What SQLite does without a server: the very rows of a hold and a booking, as a server's own database
//! has them, written by one transaction per request or by a bare group-commit writer.

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// One row of the comparison.
#[derive(Args)]
pub struct Rows {
    /// How transactions are made.
    #[arg(long)]
    pub kind: Kind,
    /// Requests that wait at once.
    #[arg(long)]
    pub buyers: usize,
    /// How long.
    #[arg(long)]
    pub seconds: u64,
    /// A database of a server that has sold something.
    #[arg(long)]
    pub model: PathBuf,
    /// An empty folder on the same disk.
    #[arg(long)]
    pub folder: PathBuf,
}

/// How transactions are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A transaction for each command: two for a booking.
    PerRequest,
    /// A transaction for each booking, its hold included.
    PerBooking,
    /// A transaction for all that waited.
    Group,
}

/// The rows of a hold and a booking.
struct Model {
    hold: Vec<u8>,
    book: Vec<u8>,
    event: Vec<Value>,
    order: Vec<Value>,
    place: Vec<Value>,
    /// Orders and seats are scattered over so many people.
    buyers: i64,
}

/// How far apart the seats of two buyers are.
const SEATS_OF_A_BUYER: i64 = 100_000;

/// Measures one row and prints bookings a second.
pub fn run(rows: &Rows) -> Result<()> {
    let model = Model::read(&rows.model, rows.buyers as i64)?;
    let db = open(rows)?;
    let bookings = match rows.kind {
        Kind::PerRequest => one_by_one(&db, &model, rows.seconds, 1)?,
        Kind::PerBooking => one_by_one(&db, &model, rows.seconds, 2)?,
        Kind::Group => grouped(db, model, rows)?,
    };
    println!("{}", bookings as f64 / rows.seconds as f64);
    Ok(())
}

/// An empty database of the same schema and settings.
fn open(rows: &Rows) -> Result<Connection> {
    let path = rows.folder.join("rows.db");
    for suffix in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{suffix}", path.display()));
        if file.exists() {
            std::fs::remove_file(file)?;
        }
    }
    let db = Connection::open(&path)?;
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "cache_size", -16 * 1024)?;
    db.set_prepared_statement_cache_capacity(64);
    let schema = Connection::open(&rows.model)?;
    let mut statements = schema.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")?;
    for sql in statements.query_map([], |row| row.get::<_, String>(0))? {
        db.execute_batch(&sql?)?;
    }
    db.execute(
        "INSERT INTO rooms (no, id, path, app, version, config, epoch)
         VALUES (1, x'01', 'events/1/seats', 'seats', 1, '{}', x'01')",
        [],
    )?;
    Ok(db)
}

impl Model {
    fn read(path: &Path, buyers: i64) -> Result<Model> {
        let db = Connection::open(path)?;
        let body = |did: &str| {
            let sql = "SELECT body FROM entries WHERE CAST(body AS TEXT) LIKE ?1
                       ORDER BY room DESC, seq DESC LIMIT 1";
            db.query_row(sql, [format!("%\"do\":\"{did}\"%")], |row| row.get::<_, Vec<u8>>(0))
                .with_context(|| format!("no entry of a {did}"))
        };
        let row = |sql: &str| {
            db.query_row(sql, [], |row| {
                (0..row.as_ref().column_count()).map(|column| row.get(column)).collect()
            })
        };
        Ok(Model {
            buyers,
            hold: body("hold")?,
            book: body("book")?,
            event: row("SELECT * FROM events ORDER BY id DESC LIMIT 1")?,
            order: row("SELECT * FROM orders ORDER BY at DESC LIMIT 1")?,
            place: row("SELECT * FROM order_places WHERE seat IS NOT NULL LIMIT 1")?,
        })
    }

    /// Writes the nth command: even ones hold, odd ones book.
    fn write(&self, db: &Connection, nth: i64, with_event: bool) -> rusqlite::Result<()> {
        let body = if nth % 2 == 0 { &self.hold } else { &self.book };
        db.prepare_cached("UPDATE rooms SET head = ?1 WHERE no = 1")?.execute([nth])?;
        db.prepare_cached("INSERT INTO entries VALUES (1, ?1, ?2, ?3, ?4)")?.execute(params![
            nth,
            time_ordered(nth),
            nth,
            body
        ])?;
        if nth % 2 == 1 {
            let id = format!("{:036x}", nth);
            let (buyer, turn) = (nth / 2 % self.buyers, nth / 2 / self.buyers);
            let order = [buyer.into(), id.clone().into(), format!("BK-{nth}").into()];
            let order = order.into_iter().chain(self.order[3..].iter().cloned());
            insert(db, "orders", order.collect())?;
            let mut place = self.place.clone();
            (place[0], place[3]) = (id.into(), (buyer * SEATS_OF_A_BUYER + turn).into());
            insert(db, "order_places", place)?;
        }
        if with_event {
            self.write_event(db)?;
        }
        Ok(())
    }

    fn write_event(&self, db: &Connection) -> rusqlite::Result<()> {
        insert(db, "events", self.event.clone())
    }
}

/// Ids of commands are ordered by time, as those of our clients are.
fn time_ordered(nth: i64) -> [u8; 16] {
    let mut id = crate::client::chance::Chance::new(nth.unsigned_abs()).uuid().into_bytes();
    id[..8].copy_from_slice(&nth.to_be_bytes());
    id
}

fn insert(db: &Connection, table: &str, values: Vec<Value>) -> rusqlite::Result<()> {
    let marks = vec!["?"; values.len()].join(", ");
    db.prepare_cached(&format!("INSERT OR REPLACE INTO {table} VALUES ({marks})"))?
        .execute(rusqlite::params_from_iter(values))?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// A transaction for each `step` commands. Answers the bookings.
fn one_by_one(db: &Connection, model: &Model, seconds: u64, step: i64) -> Result<i64> {
    let begun = now();
    let mut nth = 0;
    while begun.elapsed() < Duration::from_secs(seconds) {
        db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for more in 0..step {
            model.write(db, nth + more, true)?;
        }
        db.prepare_cached("COMMIT")?.execute([])?;
        nth += step;
    }
    Ok(nth / 2)
}

/// One writer, and one thread that stands for all buyers: whoever is answered asks again at once. The
/// event's row is written once for a batch.
fn grouped(db: Connection, model: Model, rows: &Rows) -> Result<i64> {
    let (ask, asked) = sync_channel::<()>(rows.buyers);
    let (answer, answered) = sync_channel::<()>(rows.buyers);
    let writer = thread::Builder::new().name("writer".into()).spawn(move || -> Result<i64> {
        let mut nth = 0;
        while asked.recv().is_ok() {
            let batch = 1 + asked.try_iter().count() as i64;
            db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            for more in 0..batch {
                model.write(&db, nth + more, false)?;
            }
            model.write_event(&db)?;
            db.prepare_cached("COMMIT")?.execute([])?;
            nth += batch;
            for _ in 0..batch {
                answer.send(())?;
            }
        }
        Ok(nth / 2)
    })?;
    let begun = now();
    for _ in 0..rows.buyers {
        ask.send(())?;
    }
    while begun.elapsed() < Duration::from_secs(rows.seconds) {
        answered.recv()?;
        ask.send(())?;
    }
    drop(ask);
    while answered.recv().is_ok() {}
    writer.join().ok().context("the writer failed")?
}
