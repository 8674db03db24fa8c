//! `bench booking`: durable bookings a second by way of the WebSocket, beside SQLite without a server on
//! the same disk and core, and beside a plain server. Rows are measured in turn, so that a busy machine
//! is busy for all of them.

use super::buyers::{Aim, Buyer, LIMIT, Tally, after};
use super::{Booking, median, plain};
use crate::client::api::{Event, Person, make_event, organiser, sign_up};
use crate::client::live::address;
use crate::client::process::{Server, Start, binary, can_pin, folder, on_core};
use crate::test::process::target_folder;
use anyhow::{Context, Result, bail};
use std::cell::RefCell;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::LocalSet;

/// The server's core; the load has the other.
const CORE: usize = 0;
/// More than this many bookings a second need more events.
const BOOKINGS_A_SECOND_MAX: u64 = 16_000;
/// Ticks of CPU time a second, on every Linux of today.
const TICKS_A_SECOND: f64 = 100.0;

/// What the server's row comes to.
struct Measured {
    tally: Tally,
    seconds: f64,
    cpu_seconds: f64,
}

/// Everything that is measured, a value for each time.
#[derive(Default)]
struct Figures {
    bookings: Vec<f64>,
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
    cpu_us: Vec<f64>,
    contended: Vec<f64>,
    plain: Vec<f64>,
    per_request: Vec<f64>,
    per_booking: Vec<f64>,
    group: Vec<f64>,
    double_sales: usize,
}

/// Measures and prints.
pub fn run(booking: &Booking) -> Result<()> {
    let binary = binary(booking.binary.as_deref())?;
    let data = folder(&target_folder()?, "bench-booking")?;
    let core = can_pin().then_some(CORE);
    if core.is_some() {
        let id = std::process::id().to_string();
        let other = (CORE + 1).to_string();
        Command::new("taskset").args(["-a", "-p", "-c", &other, &id]).output()?;
    }
    let start = Start { binary, data, core };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let figures = LocalSet::new().block_on(&runtime, measure(booking, &start))?;
    std::fs::remove_dir_all(&start.data)?;
    print(booking, figures, core.is_some())
}

async fn measure(booking: &Booking, start: &Start) -> Result<Figures> {
    let server = start.serve()?;
    let staff = organiser(server.address, address(0)).await?;
    let mut people = Vec::new();
    for nth in 1..=booking.buyers {
        let email = format!("buyer{nth}@load.example");
        people.push(sign_up(server.address, address(nth), &email).await?);
    }
    let mut figures = Figures::default();
    for _ in 0..booking.times {
        let own = load(booking, &server, &staff, &people, Aim::Own).await?;
        let bookings = own.tally.bookings as f64;
        figures.bookings.push(bookings / own.seconds);
        figures.p50_ms.push(own.tally.percentile_ms(50.0));
        figures.p99_ms.push(own.tally.percentile_ms(99.0));
        figures.cpu_us.push(own.cpu_seconds * 1e6 / bookings);
        figures.double_sales += own.tally.double_sales();
        println!("  {:.0} bookings/s, {} refused", bookings / own.seconds, own.tally.refused);
        if booking.alone {
            continue;
        }
        let shared = load(booking, &server, &staff, &people, Aim::Shared).await?;
        figures.contended.push(shared.tally.micros.len() as f64 / shared.seconds);
        figures.double_sales += shared.tally.double_sales();
        figures.plain.push(plain(booking, &people, start).await?);
        for (kind, into) in [
            ("per-request", &mut figures.per_request),
            ("per-booking", &mut figures.per_booking),
            ("group", &mut figures.group),
        ] {
            into.push(rows(booking, &start.data, kind, start.core)?);
        }
    }
    Ok(figures)
}

async fn load(
    booking: &Booking,
    server: &Server,
    staff: &Person,
    people: &[Person],
    aim: Aim,
) -> Result<Measured> {
    let places = u64::from(LIMIT) * people.len() as u64;
    let mut events: Vec<Event> = Vec::new();
    for _ in 0..events_needed(booking, aim) {
        events.push(make_event(server.address, staff, LIMIT).await?);
    }
    if events[0].seats < places {
        bail!("{} seats are not enough for {} buyers", events[0].seats, people.len());
    }
    buy(booking, server, people, aim, events).await
}

/// How many events do not sell out meanwhile.
fn events_needed(booking: &Booking, aim: Aim) -> u64 {
    // Where four want each seat, most holds are refused, and the seats are tried the sooner.
    let haste = if matches!(aim, Aim::Shared) { 4 } else { 1 };
    let places = u64::from(LIMIT) * booking.buyers as u64;
    1 + booking.seconds * BOOKINGS_A_SECOND_MAX * haste / places
}

/// The same buyers at a plain server. Answers bookings a second.
async fn plain(booking: &Booking, people: &[Person], start: &Start) -> Result<f64> {
    let folder = start.data.join("plain");
    std::fs::create_dir_all(&folder)?;
    let (count, seats) = (events_needed(booking, Aim::Own), u64::from(LIMIT) * people.len() as u64);
    let mut command = on_core(start.core, &std::env::current_exe()?);
    command.args(["bench", "plain", "--events", &count.to_string(), "--seats", &seats.to_string()]);
    command.arg("--folder").arg(&folder);
    let server = Server::start(command, &folder)?;
    let events = (0..count as usize).map(|nth| Event { room: plain::room(nth), seats }).collect();
    let measured = buy(booking, &server, people, Aim::Own, events).await?;
    server.kill()?;
    std::fs::remove_dir_all(&folder)?;
    Ok(measured.tally.bookings as f64 / measured.seconds)
}

/// Everybody buys until the time is over.
async fn buy(
    booking: &Booking,
    server: &Server,
    people: &[Person],
    aim: Aim,
    events: Vec<Event>,
) -> Result<Measured> {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let mut buyers = Vec::new();
    for (nth, person) in people.iter().enumerate() {
        buyers.push(Buyer::connect(server.address, nth, person, tally.clone()).await?);
    }
    let cpu_before = server.cpu_ticks()?;
    let begun = tokio::time::Instant::now();
    let until = after(Duration::from_secs(booking.seconds));
    let events = Rc::new(events);
    let buying = buyers.into_iter().map(|mut buyer| {
        let events = events.clone();
        tokio::task::spawn_local(async move { buyer.buy(&events, aim, until).await })
    });
    for buying in buying.collect::<Vec<_>>() {
        buying.await??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let cpu_seconds = (server.cpu_ticks()? - cpu_before) as f64 / TICKS_A_SECOND;
    let tally = Rc::try_unwrap(tally).ok().context("a buyer is still there")?.into_inner();
    Ok(Measured { tally, seconds, cpu_seconds })
}

/// One row without a server, in a process of its own on the server's core.
fn rows(booking: &Booking, data: &Path, kind: &str, core: Option<usize>) -> Result<f64> {
    let me = std::env::current_exe()?;
    let mut command = on_core(core, &me);
    let (buyers, seconds) = (booking.buyers.to_string(), booking.seconds.to_string());
    command.args(["bench", "rows", "--kind", kind, "--buyers", &buyers, "--seconds", &seconds]);
    command.arg("--model").arg(data.join("houseful.db")).arg("--folder").arg(data);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

fn print(booking: &Booking, figures: Figures, pinned: bool) -> Result<()> {
    let bookings = median(figures.bookings)?;
    let (p50, p99) = (median(figures.p50_ms)?, median(figures.p99_ms)?);
    let cpu = median(figures.cpu_us)?;
    let doubles = figures.double_sales;
    println!(
        "{} buyers, {} s, median of {}; {}; seats sold twice: {doubles}",
        booking.buyers,
        booking.seconds,
        booking.times,
        if pinned { "server and SQLite on one core, load on another" } else { "not pinned" },
    );
    println!("| row | bookings/s | p50 ms | p99 ms |\n|---|---|---|---|");
    println!("| Houseful: hold, then book | {bookings:.0} | {p50:.1} | {p99:.1} |");
    println!("server: {:.0} durable commands/s, {cpu:.0} µs of CPU per booking", bookings * 2.0);
    if !booking.alone {
        let contended = median(figures.contended)?;
        let plain = median(figures.plain)?;
        let request = median(figures.per_request)?;
        let per_booking = median(figures.per_booking)?;
        let group = median(figures.group)?;
        println!("| plain server, a transaction per request | {plain:.0} | | |");
        println!("| SQLite, a transaction per command | {request:.0} | | |");
        println!("| SQLite, a transaction per booking | {per_booking:.0} | | |");
        println!("| bare group-commit writer | {group:.0} | | |");
        println!("four buyers for each seat: {contended:.0} answers/s");
        println!(
            "{:.2} x the plain server, {:.2} x SQLite per command, {:.2} x per booking, {:.2} of the writer",
            bookings / plain,
            bookings / request,
            bookings / per_booking,
            bookings / group,
        );
        println!(
            "{}",
            serde_json::json!({ "bench": "booking", "buyers": booking.buyers, "bookings": bookings,
                "p50Ms": p50, "p99Ms": p99, "cpuUs": cpu, "contendedAnswers": contended,
                "plain": plain, "perRequest": request, "perBooking": per_booking, "group": group,
                "doubleSales": doubles })
        );
    }
    if doubles > 0 {
        bail!("a seat was sold twice");
    }
    Ok(())
}
