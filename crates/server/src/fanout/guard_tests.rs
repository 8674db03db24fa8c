//! A panic in what is done for one connection ends that connection; the others of its shard notice
//! nothing.

use super::guard::planted::{self, Part};
use super::{Answered, Closing, Connection, Released, Shard, Socket};
use crate::clock::SystemClock;
use crate::limits::HEARTBEAT_MS;
use houseful_room::{
    Audience, Content, Epoch, Fragment, Headcount, Joined, Mono, Published, Seq, SessionId,
};
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

const ROOM: &str = "events/1/seats";

/// A shard without a thread, with people in one room.
struct Hall {
    shard: Rc<Shard>,
    connections: Vec<Rc<Connection>>,
    clients: Vec<TcpStream>,
    now: Mono,
}

impl Hall {
    async fn with(count: u64) -> Hall {
        planted::nothing();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shard = Rc::new(Shard::new(0, Arc::new(SystemClock::new())));
        let mut hall = Hall { shard, connections: vec![], clients: vec![], now: Mono(1_000) };
        for session in (0..count).map(SessionId) {
            let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let connection = Connection::new(session, Socket::Tcp(stream), hall.now);
            connection.want_room(ROOM.into(), 1);
            hall.shard.connections.borrow_mut().insert(session, connection.clone());
            hall.connections.push(connection);
            hall.clients.push(client);
            let joined = vec![(session, 1, Ok(joined()))];
            hall.deliver(Released { joined, ..Released::default() });
        }
        hall
    }

    /// Lets something out, a tick after what was before it.
    fn deliver(&mut self, released: Released) {
        self.now = self.now.plus_ms(100);
        self.shard.deliver(Released { room: Some(ROOM.into()), ..released }, self.now);
    }

    /// Lets an entry out, with answers to those who asked.
    fn publish(&mut self, seq: Seq, asked: &[SessionId]) {
        let ops = format!("[[\"put\",\"entry {seq}\"]]").into();
        let fragment = Fragment { audience: Audience::All, prev: seq - 1, seq, ops };
        let published = [Arc::new(Published { seq, fragments: vec![fragment] })].into();
        let answer = |session| (session, seq, Ok(Answered { seq, reply: "{}".into() }));
        let answers = asked.iter().map(|session| answer(*session)).collect();
        self.deliver(Released { published, answers, ..Released::default() });
    }

    /// Reads until somebody has been sent this.
    async fn hears(&mut self, who: usize, text: &str) {
        let mut heard = Vec::new();
        while !heard.windows(text.len()).any(|window| window == text.as_bytes()) {
            let count = self.clients[who].read_buf(&mut heard).await.unwrap();
            assert_ne!(count, 0, "{who} was hung up on before {text:?}");
        }
    }

    /// Who is there still.
    fn open(&self) -> Vec<usize> {
        let is_open = |who: &usize| self.connections[*who].closing() == Closing::Open;
        (0..self.connections.len()).filter(is_open).collect()
    }
}

fn joined() -> Joined {
    Joined {
        app: "seats",
        version: 1,
        epoch: Epoch::nil(),
        term: 1,
        seq: 0,
        role: "visitor",
        audiences: vec![Audience::All],
        account: None,
        content: Content::Parts(Vec::new()),
        live: Vec::new(),
    }
}

async fn alone(story: impl Future<Output = ()>) {
    LocalSet::new().run_until(story).await;
}

#[tokio::test]
async fn a_panic_while_a_room_is_shown_ends_one_connection() {
    for part in [Part::CatchUp, Part::Write] {
        alone(async {
            let mut hall = Hall::with(3).await;
            planted::fail(SessionId(1), part);
            hall.publish(1, &[]);
            assert_eq!(hall.open(), [0, 2], "{part:?}");
            hall.hears(0, "entry 1").await;
            hall.hears(2, "entry 1").await;
            // Its reading ends, and with it its place; the room goes on for the others.
            let gone = hall.connections[1].clone();
            assert_eq!(hall.shard.remove(&gone), [ROOM.into()]);
            assert!(!hall.shard.is_subscribed(SessionId(1), ROOM));
            hall.publish(2, &[SessionId(2)]);
            assert_eq!(hall.open(), [0, 2]);
            hall.hears(0, "entry 2").await;
            hall.hears(2, "entry 2").await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_panic_in_an_answer_ends_one_connection() {
    for part in [Part::CatchUp, Part::Write] {
        alone(async {
            let mut hall = Hall::with(3).await;
            planted::fail(SessionId(0), part);
            hall.publish(1, &[SessionId(0), SessionId(1)]);
            assert_eq!(hall.open(), [1, 2], "{part:?}");
            hall.hears(1, "\"t\":\"ok\"").await;
            hall.hears(2, "entry 1").await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_panic_in_anything_else_that_is_sent_ends_one_connection() {
    alone(async {
        let mut hall = Hall::with(3).await;
        planted::fail(SessionId(0), Part::Write);
        let headcount = Some(Headcount { here: 3, watching: 0 });
        hall.deliver(Released { headcount, ..Released::default() });
        assert_eq!(hall.open(), [1, 2]);
        hall.hears(1, "\"t\":\"presence\"").await;

        planted::fail(SessionId(1), Part::Write);
        hall.shard.resync(SessionId(1), &ROOM.into(), "recovered");
        assert_eq!(hall.open(), [2]);

        let mut hall = Hall::with(3).await;
        planted::fail(SessionId(2), Part::Write);
        hall.shard.look_after_all(hall.now.plus_ms(HEARTBEAT_MS));
        assert_eq!(hall.open(), [0, 1]);
        hall.hears(0, "\"t\":\"ping\"").await;
        hall.hears(1, "\"t\":\"ping\"").await;
    })
    .await;
}
