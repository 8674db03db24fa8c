//! Socket.IO on sessions: which namespace a packet is for, and who serves it. Packets of one session are handed on in
//! order; who serves one namespace knows nothing of the others.

use super::engine::Application;
use super::session::{Incoming, Session};
use super::socket::{Arrival, Event, Heard, Socket, error};
use super::{Message, Revision};
use crate::drain::Tasks;
use crate::limits;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use houseful_wire::engineio::Packet as Carried;
use houseful_wire::socketio::{BadPacket, Content, Decoder, MAIN, Packet};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Who serves which namespace.
pub struct Namespaces {
    tasks: Tasks,
    all: HashMap<&'static str, Serve>,
}

#[derive(Clone)]
enum Serve {
    /// Everyone is let in at once, with the first answer.
    Open(Arc<dyn Fn(Socket) -> BoxFuture<'static, ()> + Send + Sync>),
    /// Whoever serves it lets in.
    Asked(Arc<dyn Fn(Arrival) -> BoxFuture<'static, ()> + Send + Sync>),
}

/// The namespaces that one session is in.
struct Joined {
    session: Arc<Session>,
    tasks: Tasks,
    all: HashMap<&'static str, Serve>,
    into: HashMap<&'static str, mpsc::Sender<Heard>>,
}

impl Namespaces {
    /// None yet.
    pub fn new(tasks: Tasks) -> Namespaces {
        Namespaces { tasks, all: HashMap::new() }
    }

    /// One that everyone may enter. `serve` runs in a task of its own; when it is done the client is put out.
    pub fn open<F>(
        mut self,
        name: &'static str,
        serve: impl Fn(Socket) -> F + Send + Sync + 'static,
    ) -> Namespaces
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.all.insert(name, Serve::Open(Arc::new(move |socket| serve(socket).boxed())));
        self
    }

    /// One whose entrance is guarded by who serves it.
    pub fn asked<F>(
        mut self,
        name: &'static str,
        serve: impl Fn(Arrival) -> F + Send + Sync + 'static,
    ) -> Namespaces
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.all.insert(name, Serve::Asked(Arc::new(move |arrival| serve(arrival).boxed())));
        self
    }
}

impl Application for Namespaces {
    fn opened(&self, session: Arc<Session>, incoming: mpsc::Receiver<Incoming>) {
        let (tasks, all) = (self.tasks.clone(), self.all.clone());
        let mut joined = Joined { session, tasks, all, into: HashMap::new() };
        if joined.session.revision == Revision::V3 {
            // Clients of version 2 are in the main one unasked.
            joined.connect(MAIN.to_owned(), None);
        }
        self.tasks.spawn(async move { joined.run(incoming).await });
    }
}

impl Joined {
    /// Hands on what the client says, to the end of the session.
    async fn run(mut self, mut incoming: mpsc::Receiver<Incoming>) {
        let mut decoder = Decoder::default();
        let over = self.session.over();
        let patience = Instant::now() + self.session.settings.connect_timeout;
        let mut was_in = !self.into.is_empty();
        loop {
            // What the client said before it went counts.
            let incoming = tokio::select! {
                biased;
                incoming = incoming.recv() => incoming,
                () = over.cancelled() => return,
                () = sleep_until(patience), if !was_in => return self.session.end(Carried::Close),
            };
            let decoded = match incoming {
                Some(Incoming::Text(text)) => decoder.text(&text),
                Some(Incoming::Binary(bytes)) => decoder.binary(bytes),
                None => return,
            };
            let taken = match decoded {
                Ok(Some(packet)) => self.take(packet).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
                tracing::debug!(%error, "a Socket.IO client broke the rules");
                return self.session.end(Carried::Close);
            }
            was_in |= !self.into.is_empty();
        }
    }

    async fn take(&mut self, packet: Packet) -> Result<(), BadPacket> {
        let Packet { namespace, content } = packet;
        match content {
            Content::Connect(auth) => {
                self.connect(namespace, auth);
                Ok(())
            }
            Content::Disconnect => {
                self.into.remove(name_of(&namespace));
                Ok(())
            }
            Content::Event(message) => self.hand_on(&namespace, event(message)?).await,
            Content::Ack(message) => self.hand_on(&namespace, Heard::Ack(message)).await,
            Content::ConnectError(_) => Err(BadPacket("a client has no refusals")),
        }
    }

    async fn hand_on(&self, namespace: &str, heard: Heard) -> Result<(), BadPacket> {
        let into = self.into.get(name_of(namespace)).ok_or(BadPacket("in no such namespace"))?;
        // Who was put out may not know it yet.
        let _ = into.send(heard).await;
        Ok(())
    }

    /// Into a namespace, unless the client is in it.
    fn connect(&mut self, namespace: String, auth: Option<Value>) {
        let name = name_of(&namespace);
        let Some((name, serve)) = self.all.get_key_value(name) else {
            let error = error(self.session.revision, "Invalid namespace", None);
            let packet = Packet { namespace, content: Content::ConnectError(error) };
            self.session.send_text(packet.to_text());
            return;
        };
        if self.into.get(name).is_some_and(|into| !into.is_closed()) {
            return;
        }
        let (into, inbound) = mpsc::channel(limits::SOCKETIO_INCOMING_MAX);
        let arrival = Arrival {
            auth: auth.unwrap_or_else(|| json!({})),
            session: self.session.clone(),
            namespace: (*name).to_owned(),
            inbound,
        };
        let serving = match serve {
            Serve::Open(serve) => serve(arrival.accept()),
            Serve::Asked(serve) => serve(arrival),
        };
        self.into.insert(name, into);
        let session = self.session.clone();
        self.tasks.spawn(async move {
            if AssertUnwindSafe(serving).catch_unwind().await.is_err() {
                metrics::counter!("houseful_connection_panics").increment(1);
                tracing::error!("a panic of ours has ended a Socket.IO session");
                session.end(Carried::Close);
            }
        });
    }
}

/// Clients of version 2 put a query behind the name.
fn name_of(namespace: &str) -> &str {
    namespace.split_once('?').map_or(namespace, |(name, _)| name)
}

fn event(message: Message) -> Result<Heard, BadPacket> {
    let Message { id, data, attachments } = message;
    let mut args = data.into_iter();
    let Some(Value::String(name)) = args.next() else {
        return Err(BadPacket("an event without name"));
    };
    Ok(Heard::Event(Event { name, args: args.collect(), attachments, ack: id }))
}
