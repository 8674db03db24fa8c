//! What the test suites of Engine.IO and Socket.IO expect of a server, on the port that is named. It is no part of the
//! product; `cargo xtask conform socketio` runs it.

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use houseful::config::{ConnectionLimits, HttpLimits};
use houseful::drain::Tasks;
use houseful::gateway::http::{Serving, serve};
use houseful::gateway::socketio::{
    Application, Engine, Event, Heard, Incoming, Message, Namespaces, Revision, Session, Settings,
    Socket,
};
use houseful::machine::{Machine, System};
use houseful::places::Places;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

struct Echo(Tasks);

impl Application for Echo {
    fn opened(&self, session: Arc<Session>, mut incoming: mpsc::Receiver<Incoming>) {
        self.0.spawn(async move {
            while let Some(incoming) = incoming.recv().await {
                match incoming {
                    Incoming::Text(text) => session.send_text(text),
                    Incoming::Binary(bytes) => session.send_binary(bytes),
                };
            }
        });
    }
}

async fn answer(mut socket: Socket) {
    socket.emit("auth", [socket.auth.clone()]);
    while let Some(heard) = socket.next().await {
        let Heard::Event(Event { name, args, attachments, ack }) = heard else { continue };
        if let ("message-with-ack", Some(id)) = (name.as_str(), ack) {
            socket.ack(Message { id: Some(id), data: args, attachments });
        } else {
            let data = [Value::from("message-back")].into_iter().chain(args).collect();
            socket.emit_message(Message { id: None, data, attachments });
        }
    }
}

/// What is spoken, and how often signs of life are wanted.
struct Spoken {
    revisions: &'static [Revision],
    ping_ms: u64,
    pong_ms: u64,
}

fn routes(tasks: &Tasks, spoken: &Spoken) -> Router {
    let settings = Settings {
        revisions: spoken.revisions,
        ping_interval: Duration::from_millis(spoken.ping_ms),
        ping_timeout: Duration::from_millis(spoken.pong_ms),
        payload_bytes_max: 1_000_000,
        sessions_per_address_max: 1_000,
        ..Settings::default()
    };
    let namespaces = Namespaces::new(tasks.clone()).open("/", answer).open("/custom", answer);
    let applications: [(&str, Arc<dyn Application>); 2] =
        [("/engine.io/", Arc::new(Echo(tasks.clone()))), ("/socket.io/", Arc::new(namespaces))];
    applications.into_iter().fold(Router::new(), |router, (path, application)| {
        let engine = Engine::new(settings.clone(), tasks.clone(), application);
        let handler = async move |request: Request| engine.answer(request).await;
        router.route(path, any(handler))
    })
}

/// `socketio [PORT [REVISIONS [PING_MS PONG_MS]]]`: what the suites expect, if nothing is said.
fn spoken(words: &[String]) -> (u16, Spoken) {
    let number =
        |at: usize, else_: u64| words.get(at).and_then(|w| w.parse().ok()).unwrap_or(else_);
    let revisions: &[Revision] = match words.get(1).map(String::as_str) {
        Some("3") => &[Revision::V3],
        Some("34") => &[Revision::V3, Revision::V4],
        _ => &[Revision::V4],
    };
    let port = words.first().and_then(|port| port.parse().ok()).unwrap_or(3000);
    (port, Spoken { revisions, ping_ms: number(2, 300), pong_ms: number(3, 200) })
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (port, spoken) = spoken(&words);
    let tasks = Tasks::new(tokio::runtime::Handle::current());
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = System.listen(at).await?;
    println!("listening on http://{}", listener.address()?);
    let limits = ConnectionLimits { http_per_address: 10_000, ..ConnectionLimits::default() };
    let serving = Serving {
        app: routes(&tasks, &spoken),
        tasks,
        proxies: Arc::new([]),
        limits: HttpLimits::default(),
        places: Places::new(limits),
    };
    serve(listener, serving, None).await;
    Ok(())
}
