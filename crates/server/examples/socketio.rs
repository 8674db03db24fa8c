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

fn routes(tasks: &Tasks, revisions: &'static [Revision]) -> Router {
    let settings = Settings {
        revisions,
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        payload_bytes_max: 1_000_000,
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

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let port = words.next().and_then(|port| port.parse().ok()).unwrap_or(3000);
    let revisions: &[Revision] = match words.next().as_deref() {
        Some("3") => &[Revision::V3],
        _ => &[Revision::V4],
    };
    let tasks = Tasks::new(tokio::runtime::Handle::current());
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = System.listen(at).await?;
    println!("{}", listener.address()?);
    let limits = ConnectionLimits { http_per_address: 10_000, ..ConnectionLimits::default() };
    let serving = Serving {
        app: routes(&tasks, revisions),
        tasks,
        proxies: Arc::new([]),
        limits: HttpLimits::default(),
        places: Places::new(limits),
    };
    serve(listener, serving, None).await;
    Ok(())
}
