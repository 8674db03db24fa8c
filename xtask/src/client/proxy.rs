//! A TCP proxy that spoils connections on purpose: it cuts them when the server has answered and the
//! client does not know it yet, and at other bad moments. It reads no frame; it looks for the mark of
//! an answer in what passes.

use super::chance::Chance;
use super::live::connect;
use anyhow::Result;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How an accepted command's answer begins on the wire.
const ANSWER: &[u8] = br#""t":"ok""#;
/// No connection lives longer, whether its moment came or not.
const LIFE_MS_MAX: u64 = 2_000;

/// How a connection is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// The answer is read and thrown away, and both sides are reset.
    Answered,
    /// Its beginning is passed on, then both sides end.
    Torn,
    /// It is held back for a while, then both sides are reset.
    Held,
    /// The client is told that nothing more comes, and may go on sending.
    DeafClient,
    /// The server is told that nothing more comes, and goes on sending to nobody.
    MuteClient,
    /// At any moment, answer or not.
    Moment,
}

/// What one connection is in for.
struct Plan {
    cut: Cut,
    /// Answers that are let through before.
    answers: u64,
    /// It ends then at the latest.
    life: Duration,
    /// Whether an end is a reset.
    reset: bool,
    /// Bytes of a torn answer that are passed on, at most.
    torn_bytes: usize,
}

/// What has been spoilt so far.
#[derive(Default)]
struct Tally {
    answers: Cell<u64>,
    cuts: RefCell<BTreeMap<Cut, u64>>,
}

/// A listening proxy.
pub struct Proxy {
    /// Where clients are to connect.
    pub address: SocketAddr,
    tally: Rc<Tally>,
}

impl Proxy {
    /// Listens in front of a server, until the local set that it is called in ends.
    pub async fn start(server: SocketAddr, seed: u64) -> Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let tally = Rc::new(Tally::default());
        let (kept, mut chance) = (tally.clone(), Chance::new(seed));
        tokio::task::spawn_local(async move {
            while let Ok((client, from)) = listener.accept().await {
                let (plan, tally) = (Plan::draw(&mut chance), tally.clone());
                tokio::task::spawn_local(async move {
                    // What a cut does to the sockets is what it is for.
                    let _ = spoil(client, from, server, plan, &tally).await;
                });
            }
        });
        Ok(Proxy { address, tally: kept })
    }

    /// Answers that the server has given and no client has got.
    pub fn answers_lost(&self) -> u64 {
        self.tally.answers.get()
    }

    /// How many connections were cut in which way.
    pub fn cuts(&self) -> BTreeMap<Cut, u64> {
        self.tally.cuts.borrow().clone()
    }
}

impl Plan {
    fn draw(chance: &mut Chance) -> Plan {
        let cut = match chance.below(8) {
            0..=2 => Cut::Answered,
            3 => Cut::Torn,
            4 => Cut::Held,
            5 => Cut::DeafClient,
            6 => Cut::MuteClient,
            _ => Cut::Moment,
        };
        let life_ms = if cut == Cut::Moment { chance.below(300) } else { LIFE_MS_MAX };
        Plan {
            cut,
            answers: chance.below(6),
            life: Duration::from_millis(life_ms),
            reset: chance.percent(50),
            torn_bytes: chance.below(200) as usize,
        }
    }
}

/// Passes on what comes until the plan's moment.
async fn spoil(
    mut client: TcpStream,
    from: SocketAddr,
    server: SocketAddr,
    plan: Plan,
    tally: &Tally,
) -> Result<()> {
    let SocketAddr::V4(from) = from else { return Ok(()) };
    client.set_nodelay(true)?;
    let mut server = connect(server, *from.ip()).await?;
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 64 * 1024]);
    let end = tokio::time::sleep(plan.life);
    tokio::pin!(end);
    let mut passed = 0;
    loop {
        tokio::select! {
            () = &mut end => {
                tally.count(Cut::Moment, 0);
                return finish(&client, &server, plan.reset);
            }
            count = client.read(&mut up) => match count? {
                0 => return Ok(()),
                count => server.write_all(&up[..count]).await?,
            },
            count = server.read(&mut down) => {
                let came = &down[..count?];
                if came.is_empty() {
                    return Ok(());
                }
                let answers = places(came);
                passed += answers.len() as u64;
                if plan.cut != Cut::Moment && passed > plan.answers && !answers.is_empty() {
                    tally.count(plan.cut, answers.len() as u64);
                    let first = answers[0];
                    return cut(client, server, &plan, &came[..first]).await;
                }
                client.write_all(came).await?;
            }
        }
    }
}

/// Cuts when an answer has come that is not passed on; `before` is what came with it, before it.
async fn cut(
    mut client: TcpStream,
    mut server: TcpStream,
    plan: &Plan,
    before: &[u8],
) -> Result<()> {
    match plan.cut {
        Cut::Answered | Cut::Moment => {}
        Cut::Torn => {
            client.write_all(&before[..before.len().min(plan.torn_bytes)]).await?;
            // The client is to read it before a reset takes it away.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Cut::Held => tokio::time::sleep(Duration::from_millis(150)).await,
        Cut::DeafClient => {
            client.shutdown().await?;
            drain(&mut client).await?;
        }
        Cut::MuteClient => {
            server.shutdown().await?;
            drain(&mut server).await?;
        }
    }
    finish(&client, &server, plan.reset)
}

/// Reads to the end, and no longer than a connection may live.
async fn drain(stream: &mut TcpStream) -> io::Result<()> {
    let mut rest = vec![0; 16 * 1024];
    let read = async {
        while stream.read(&mut rest).await? > 0 {}
        Ok(())
    };
    tokio::time::timeout(Duration::from_millis(LIFE_MS_MAX), read).await.unwrap_or(Ok(()))
}

fn finish(client: &TcpStream, server: &TcpStream, reset: bool) -> Result<()> {
    if reset {
        client.set_zero_linger()?;
        server.set_zero_linger()?;
    }
    Ok(())
}

/// Where answers begin.
fn places(bytes: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(ANSWER.len()).enumerate();
    windows.filter(|(_, window)| *window == ANSWER).map(|(place, _)| place).collect()
}

impl Tally {
    fn count(&self, cut: Cut, answers: u64) {
        self.answers.set(self.answers.get() + answers);
        *self.cuts.borrow_mut().entry(cut).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn answers_are_found_in_what_passes() {
        let bytes = br#"..{"t":"ops"}..{"t":"ok","ref":1}..{"t":"ok","ref":2}"#;
        assert_eq!(places(bytes), [16, 36]);
        assert!(places(br#"{"t":"joined"}"#).is_empty());
    }
}
