//! `bench wire`: what a late joiner of a hall of 50,000 is sent, and what one seat costs each watcher,
//! weighed on a real connection with the WebSocket's own header.

use super::Wire;
use crate::client::api::{make_event, organiser, sign_up};
use crate::client::live::{Live, address};
use crate::client::process::{Start, binary, folder};
use crate::client::replica::Replica;
use crate::faults::buyer::{enter, join};
use crate::test::process::target_folder;
use anyhow::{Result, bail};
use serde_json::{Value, json};

/// The snapshot of 50,000 seats.
const SNAPSHOT_BYTES_MAX: usize = 18_000;
/// One seat that changes.
const CHANGE_BYTES_MAX: usize = 150;

/// Weighs and prints.
pub fn run(wire: &Wire) -> Result<()> {
    let start = Start {
        binary: binary(wire.binary.as_deref())?,
        data: folder(&target_folder()?, "bench-wire")?,
        core: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (snapshot, change) = runtime.block_on(weigh(&start))?;
    std::fs::remove_dir_all(&start.data)?;
    println!("snapshot of 50,000 seats for a late joiner: {snapshot} bytes");
    println!("one seat held, for each who watches: {change} bytes");
    println!("{}", json!({ "bench": "wire", "snapshotBytes": snapshot, "changeBytes": change }));
    if snapshot >= SNAPSHOT_BYTES_MAX || change >= CHANGE_BYTES_MAX {
        bail!("over {SNAPSHOT_BYTES_MAX} or {CHANGE_BYTES_MAX} bytes");
    }
    Ok(())
}

async fn weigh(start: &Start) -> Result<(usize, usize)> {
    let server = start.serve()?;
    let staff = organiser(server.address, address(0)).await?;
    let event = make_event(server.address, &staff, 6).await?;
    let buyer = sign_up(server.address, address(1), "buyer@load.example").await?;
    let watcher = sign_up(server.address, address(2), "watcher@load.example").await?;
    let mut replica = Replica::default();
    let mut buying = enter(server.address, &buyer).await?;
    join(&mut buying, &event.room, &mut replica).await?;
    hold(&mut buying, &event.room, &replica, 100, 1).await?;
    let mut watching = enter(server.address, &watcher).await?;
    join(&mut watching, &event.room, &mut Replica::default()).await?;
    let snapshot = watching.last_bytes();
    hold(&mut buying, &event.room, &replica, 200, 2).await?;
    loop {
        let frame: Value = serde_json::from_slice(&watching.receive().await?)?;
        if frame["t"] == "ops" {
            return Ok((snapshot, watching.last_bytes()));
        }
    }
}

async fn hold(
    live: &mut Live,
    room: &str,
    replica: &Replica,
    seat: u64,
    reference: u64,
) -> Result<()> {
    let id = uuid::Uuid::now_v7();
    let frame = json!({ "t": "command", "ref": 100 + reference, "room": room, "term": replica.term,
        "id": id, "name": "hold", "body": { "seats": [seat] } });
    live.send(&frame.to_string()).await?;
    loop {
        let frame: Value = serde_json::from_slice(&live.receive().await?)?;
        match frame["t"].as_str() {
            Some("ok") => return Ok(()),
            Some("refused") => bail!("hold was answered {frame}"),
            _ => {}
        }
    }
}
