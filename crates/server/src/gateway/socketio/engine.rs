//! The sessions of one listener and the requests that belong to them. Each request is checked before it comes near a
//! session; what messages mean is the application's.

use super::refusal::Refusal;
use super::session::{Handshake, Incoming, Session, Way};
use super::{Revision, Settings, carry, heart, polling};
use crate::drain::Tasks;
use crate::gateway::extract::Peer;
use crate::limits;
use crate::rates::network;
use axum::extract::{Query, Request};
use axum::http::Method;
use axum::http::header::{ORIGIN, UPGRADE};
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use houseful_wire::engineio::Packet;
use serde_json::json;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// What is done with sessions.
pub trait Application: Send + Sync {
    /// A session was opened. What is sent before this returns goes out with the first answer.
    fn opened(&self, session: Arc<Session>, incoming: mpsc::Receiver<Incoming>);
}

/// The sessions of one listener.
pub struct Engine {
    settings: Arc<Settings>,
    pub(super) tasks: Tasks,
    application: Arc<dyn Application>,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
}

/// What a request says of itself.
struct Asked {
    query: Vec<(String, String)>,
    is_websocket: bool,
    is_upgrade: bool,
    from: IpAddr,
}

impl Engine {
    /// No session yet.
    pub fn new(settings: Settings, tasks: Tasks, application: Arc<dyn Application>) -> Arc<Engine> {
        let (settings, sessions) = (Arc::new(settings), Mutex::default());
        Arc::new(Engine { settings, tasks, application, sessions })
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Answers one request, of whichever kind.
    pub async fn answer(self: &Arc<Self>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let headers = parts.headers.clone();
        if parts.method == Method::OPTIONS {
            return self.settings.cors.preflight(&headers);
        }
        let is_upgrade = headers.contains_key(UPGRADE);
        let mut response = match self.route(Request::from_parts(parts, body)).await {
            Ok(response) => response,
            Err(refusal) if is_upgrade => refusal.to_text(),
            Err(refusal) => refusal.to_json(),
        };
        self.settings.cors.add(&headers, &mut response);
        response
    }

    async fn route(self: &Arc<Self>, mut request: Request) -> Result<Response, Refusal> {
        let asked = Asked::of(&request)?;
        if self.tasks.is_closing() {
            return Err(Refusal::Full);
        }
        if let Some(origin) = request.headers().get(ORIGIN)
            && origin.to_str().is_err()
        {
            return Err(Refusal::Request);
        }
        let Some(sid) = asked.value("sid") else {
            let (parts, body) = request.into_parts();
            let revision = self.may_open(&parts, &asked)?;
            let mut request = Request::from_parts(parts, body);
            let handshake = Handshake {
                headers: request.headers().clone(),
                query: asked.query,
                from: asked.from,
            };
            let way = if asked.is_websocket { Way::WebSocket } else { Way::Polling };
            if asked.is_websocket {
                return carry::open(self, &mut request, handshake, revision);
            }
            let session = self.open(handshake, revision, way)?;
            return Ok(polling::get(&session).await);
        };
        let session = self.find(sid, asked.from)?;
        match (asked.is_websocket, asked.is_upgrade) {
            (true, true) => carry::upgrade(self, &mut request, session),
            (true, false) | (false, true) => Err(Refusal::Request),
            (false, false) if session.way() == Way::WebSocket => Err(Refusal::Request),
            (false, false) => match *request.method() {
                Method::GET => Ok(polling::get(&session).await),
                Method::POST => polling::post(&session, request).await,
                _ => Err(Refusal::Request),
            },
        }
    }

    /// Whether a request may open a session, and what is spoken then.
    fn may_open(&self, parts: &Parts, asked: &Asked) -> Result<Revision, Refusal> {
        if parts.method != Method::GET {
            return Err(Refusal::Method);
        }
        if asked.is_websocket != asked.is_upgrade {
            return Err(Refusal::Request);
        }
        let revision = self.revision(asked.value("EIO"))?;
        (self.settings.admit)(parts).map_err(Refusal::Forbidden)?;
        Ok(revision)
    }

    fn revision(&self, asked: Option<&str>) -> Result<Revision, Refusal> {
        match (self.settings.revisions, asked) {
            // The servers of old asked for no number.
            ([Revision::V3], _) => Ok(Revision::V3),
            (spoken, Some("3")) if spoken.contains(&Revision::V3) => Ok(Revision::V3),
            (spoken, Some("4")) if spoken.contains(&Revision::V4) => Ok(Revision::V4),
            _ => Err(Refusal::Revision),
        }
    }

    /// Opens a session; its first packets wait in it.
    pub(super) fn open(
        self: &Arc<Self>,
        handshake: Handshake,
        revision: Revision,
        way: Way,
    ) -> Result<Arc<Session>, Refusal> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(|_| Refusal::Full)?;
        let sid = BASE64_URL_SAFE_NO_PAD.encode(secret);
        let from = network(handshake.from);
        let (session, incoming) =
            Session::new(sid.clone(), revision, handshake, way, self.settings.clone());
        let mut sessions = self.sessions();
        let here = sessions.values().filter(|one| network(one.handshake.from) == from).count();
        if sessions.len() >= self.settings.sessions_max
            || here >= self.settings.sessions_per_address_max
        {
            return Err(Refusal::Full);
        }
        sessions.insert(sid.clone(), session.clone());
        drop(sessions);
        session.push([Packet::Open(self.greeting(&sid, way))]);
        self.application.opened(session.clone(), incoming);
        let (engine, its) = (self.clone(), session.clone());
        self.tasks.spawn(async move {
            heart::beat(its.clone(), engine.tasks.clone()).await;
            if its.owes_noop() {
                sleep(Duration::from_millis(limits::SOCKETIO_GOODBYE_MS)).await;
            }
            engine.sessions().remove(&sid);
        });
        Ok(session)
    }

    /// What the client is told at first, in the order that servers tell it.
    fn greeting(&self, sid: &str, way: Way) -> String {
        let upgrades = if way == Way::WebSocket { "[]" } else { r#"["websocket"]"# };
        let Settings { ping_interval, ping_timeout, .. } = *self.settings;
        let (interval, timeout) = (ping_interval.as_millis(), ping_timeout.as_millis());
        let most = match self.settings.tells_payload_max {
            true => format!(r#","maxPayload":{}"#, self.settings.payload_bytes_max),
            false => String::new(),
        };
        let sid = json!(sid);
        format!(
            r#"{{"sid":{sid},"upgrades":{upgrades},"pingInterval":{interval},"pingTimeout":{timeout}{most}}}"#
        )
    }

    /// The session of that name, if it is asked for from where it was opened. Where several nodes share an address,
    /// another would be asked for it here.
    fn find(&self, sid: &str, from: IpAddr) -> Result<Arc<Session>, Refusal> {
        let session = self.sessions().get(sid).cloned().ok_or(Refusal::Session)?;
        match network(session.handshake.from) == network(from) && !session.is_over() {
            true => Ok(session),
            false => Err(Refusal::Session),
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    fn of(request: &Request) -> Result<Asked, Refusal> {
        let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(request.uri())
            .map_err(|_| Refusal::Transport)?;
        let Peer(from) =
            request.extensions().get().copied().unwrap_or(Peer(Ipv4Addr::UNSPECIFIED.into()));
        let is_upgrade = request.headers().contains_key(UPGRADE);
        let asked = Asked { query, is_websocket: false, is_upgrade, from };
        let is_websocket = match asked.value("transport") {
            Some("polling") => false,
            Some("websocket") => true,
            _ => return Err(Refusal::Transport),
        };
        Ok(Asked { is_websocket, ..asked })
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
