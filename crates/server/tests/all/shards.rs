//! Shards that die and sockets that are dropped: neither goes unnoticed, and nothing is left open.

use crate::house::{Client, House, becomes, metrics};
use houseful::app::{DEAD_SHARD_STATUS, exit_on_dead_shard};
use houseful::clock::{Clock, SystemClock};
use houseful::fanout::{self, Arrived, Connection, Shard, ShardHost};
use houseful_room::Mono;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Says to this program that it is the one to die.
const DIES: &str = "HOUSEFUL_TEST_DIES";

/// A host on which its shard dies.
struct Broken;

impl ShardHost for Broken {
    fn arrived(&self, _: &Rc<Shard>, _: Rc<Connection>, _: Arrived) {}

    fn tick(&self, _: &Rc<Shard>, _: Mono) {
        panic!("asked for");
    }

    fn revoked(&self, _: &Rc<Shard>, _: &[u64]) {}
}

#[test]
fn a_dead_shard_is_counted_and_ends_the_process() {
    if std::env::var_os(DIES).is_some() {
        die();
    }
    let name = "shards::a_dead_shard_is_counted_and_ends_the_process";
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", name, "--nocapture"]).env(DIES, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(DEAD_SHARD_STATUS), "{said}");
    assert!(said.contains("asked for") && said.contains("shard 0 has died"), "{said}");
    assert!(said.contains("houseful_panics 1"), "{said}");
}

fn die() -> ! {
    drop(metrics());
    houseful::telemetry::watch_panics();
    let (shards, inboxes) = fanout::open(1);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let died = |shard| {
        eprintln!("{}", metrics().render());
        exit_on_dead_shard(shard);
    };
    inboxes.start(&clock, died, || Broken).unwrap();
    std::thread::park_timeout(Duration::from_secs(20));
    drop(shards);
    panic!("nobody noticed");
}

/// Sockets of a server that are neither listening nor done with by its side.
fn held(server: SocketAddr) -> usize {
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let port = format!(":{:04X}", server.port());
    let is_held = |line: &&str| {
        let mut words = line.split_whitespace().skip(1);
        let is_ours = words.next().is_some_and(|local| local.ends_with(&port));
        // Established, or closed by the client and not by the server.
        is_ours && matches!(words.nth(1), Some("01" | "08"))
    };
    table.lines().filter(is_held).count()
}

#[tokio::test]
async fn sockets_that_are_cut_are_given_back_with_what_still_waited_for_them() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let room = house.event(&owner).await;
    let mut clients = Vec::new();
    for _ in 0..40 {
        let mut client = house.live(&owner).await;
        client.join(&room).await;
        clients.push(client);
    }
    // Some have a full queue at the server, which reads nothing more of them.
    let joins: Vec<Value> =
        (1..=60).map(|n| json!({ "t": "join", "ref": n + 100, "room": room })).collect();
    for _ in 0..4 {
        let mut narrow = Client::connect_narrow(house.address).await;
        narrow.hello(None).await;
        for _ in 0..5 {
            narrow.send(&Value::Array(joins.clone())).await;
        }
        clients.push(narrow);
    }
    // And some have said nothing yet, or not even that they want to.
    for _ in 0..4 {
        clients.push(house.connect().await);
    }
    let silent = tokio::net::TcpStream::connect(house.address).await.unwrap();
    assert!(held(house.address) > 44, "{}", held(house.address));
    clients.into_iter().for_each(Client::cut);
    drop(silent);
    becomes("no socket is held", || held(house.address) == 0).await;
    house.close().await;
}
