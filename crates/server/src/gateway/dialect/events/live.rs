//! Reminders over Socket.IO, told to whoever has brought a token: each once for a start of an event. One counts as told
//! when the client was heard after it; until then it is told again at the next connection.

use super::answer::UNAUTHORIZED;
use super::date::long_text;
use super::view::whole_seconds;
use crate::accounts::{Identity, TokenError};
use crate::gateway::dialect::link::{Refused, Told};
use crate::gateway::dialect::ticker::{self, Ticker};
use crate::gateway::dialect::{Ground, Link, Who};
use crate::gateway::socketio::{
    Arrival, Cors, Engine, Handshake, Namespaces, Revision, Settings, Socket,
};
use crate::limits::DAY_AHEAD_MS;
use crate::store::{EventRow, Start};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::routing::any;
use houseful_apps::lobby::seen::notices;
use houseful_room::{AccountId, Piece, Wall};
use houseful_wire::socketio::MAIN;
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

/// The only thing that the old page knows of.
const NOTIFICATION: &str = "eventNotification";
/// Where the server tells people that a reminder was recorded, and of which kind it says that it is.
const LOBBY: &str = "lobby";
const REMINDER: &str = "reminder";

/// All that the Socket.IO listener gets.
pub(in crate::gateway::dialect) fn live(ground: Ground) -> Router {
    let tasks = ground.tasks.clone();
    let sale = ground.api.config.dialects.events.as_ref().map_or(0, |events| events.sale);
    let ticker = Ticker::start(&ground, sale);
    let serving = move |arrival| serve(ground.clone(), ticker.listen(), arrival);
    let namespaces = Namespaces::new(tasks.clone()).asked(MAIN, serving);
    let settings = Settings {
        revisions: &[Revision::V4],
        tells_payload_max: false,
        cors: Cors::Everybody,
        ..Settings::default()
    };
    let engine = Engine::new(settings, tasks, Arc::new(namespaces));
    let answer = move |request: Request| {
        let engine = engine.clone();
        async move { engine.answer(request).await }
    };
    Router::new()
        .route("/socket.io", any(answer.clone()))
        .route("/socket.io/", any(answer))
        .fallback(|| async { StatusCode::NOT_FOUND })
}

/// Somebody who is told.
struct Listener {
    ground: Ground,
    account: AccountId,
    socket: Socket,
    /// What is left of a sale.
    sale: Receiver<Value>,
    /// What was told on this connection.
    told: BTreeSet<Start>,
    /// What of it the client may not have been given yet, by the number of the packet.
    unconfirmed: VecDeque<(u64, Start)>,
}

/// How a connection ends.
enum End {
    /// The client has gone.
    Gone,
    /// Whoever it was may not be told any more.
    Out,
    /// The session has ended, and another may begin.
    Again,
}

async fn serve(ground: Ground, sale: Receiver<Value>, arrival: Arrival) {
    let who = match identify(&ground, arrival.handshake()).await {
        Ok(who) => who,
        Err(()) => return arrival.refuse(UNAUTHORIZED.message(), None),
    };
    let link = match enter(&ground, &who, arrival.handshake()).await {
        Ok(link) => link,
        Err(refused) => return arrival.refuse(&refused.message, None),
    };
    let (told, unconfirmed) = (BTreeSet::new(), VecDeque::new());
    let (account, socket) = (who.account, arrival.accept());
    let mut listener = Listener { ground, account, socket, sale, told, unconfirmed };
    let end = listener.listen(link, &who).await;
    listener.confirm().await;
    match end {
        End::Gone | End::Out => {}
        // Without a word of ours the client comes again by itself.
        End::Again => listener.socket.close(),
    }
}

/// Whose token the request brought that opened the session.
async fn identify(ground: &Ground, handshake: &Handshake) -> Result<Identity, ()> {
    let token = handshake.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match ground.api.accounts.identify_dialect(token.unwrap_or_default()).await {
        Ok(Ok((_, who))) => Ok(who),
        Ok(Err(TokenError::Invalid | TokenError::Expired | TokenError::Revoked)) => Err(()),
        Err(error) => {
            tracing::warn!(%error, "who brings a token cannot be looked up");
            Err(())
        }
    }
}

/// A session of theirs in the lobby, where they are told what is recorded for them.
async fn enter(ground: &Ground, who: &Identity, shake: &Handshake) -> Result<Link, Refused> {
    let mut link = Link::open(ground, shake.from, Who::Account(who.clone())).await?;
    link.join(LOBBY).await?;
    Ok(link)
}

impl Listener {
    async fn listen(&mut self, mut link: Link, who: &Identity) -> End {
        let mut confirmed = self.socket.confirmed();
        let left_ms = who.expires_at.0 - self.ground.api.clock.wall().0;
        let expired = tokio::time::sleep(Duration::from_millis(left_ms.max(0).unsigned_abs()));
        tokio::pin!(expired);
        self.tell().await;
        loop {
            let heard = tokio::select! {
                heard = self.socket.next() => match heard {
                    Some(_) => continue,
                    None => return End::Gone,
                },
                // The session, and with it what this looks at, lives as long as the socket.
                _ = confirmed.changed() => {
                    self.confirm().await;
                    continue;
                }
                () = &mut expired => return End::Out,
                left = self.sale.recv() => {
                    if let Ok(left) = left {
                        self.socket.emit(ticker::NAME, [left]);
                    }
                    continue;
                }
                heard = link.next() => heard,
            };
            match heard {
                Some(Told::Changed { room, pieces }) if *room == *LOBBY => {
                    if pieces.iter().any(has_reminder) {
                        self.tell().await;
                    }
                }
                Some(Told::Anew { .. }) => self.tell().await,
                Some(Told::Changed { .. }) => {}
                Some(Told::Gone { .. } | Told::Leaving) | None => return self.end().await,
            }
        }
    }

    /// Whether it is the token that ended the session.
    async fn end(&self) -> End {
        match identify(&self.ground, self.socket.handshake()).await {
            Ok(_) => End::Again,
            Err(()) => End::Out,
        }
    }

    /// Tells what was not told yet.
    async fn tell(&mut self) {
        let (store, account) = (self.ground.api.store.clone(), self.account);
        let now = self.ground.api.clock.wall().0;
        let due = move || store.unshown_reminders(account, now, now + DAY_AHEAD_MS);
        let rows = match self.ground.api.blocking(due).await {
            Ok(rows) => rows,
            Err(problem) => {
                tracing::warn!(code = %problem.code, "what is to be told cannot be read");
                return;
            }
        };
        for row in rows {
            let start = (row.id, row.starts_at);
            if self.told.insert(start) {
                let number = self.socket.emit(NOTIFICATION, [text(&row).into()]);
                self.unconfirmed.push_back((number, start));
            }
        }
    }

    /// Notes what the client was given.
    async fn confirm(&mut self) {
        let number = *self.socket.confirmed().borrow();
        let mut shown = Vec::new();
        while let Some((_, start)) = self.unconfirmed.pop_front_if(|(told, _)| *told <= number) {
            shown.push(start);
        }
        if shown.is_empty() {
            return;
        }
        let (store, account) = (self.ground.api.store.clone(), self.account);
        let at = self.ground.api.clock.wall().0;
        let note = move || store.reminders_shown(account, shown, at);
        if let Err(problem) = self.ground.api.blocking(note).await {
            tracing::warn!(code = %problem.code, "what was told will be told again");
        }
    }
}

/// Whether somebody is told in the lobby that a reminder was recorded for them.
fn has_reminder(piece: &Piece) -> bool {
    notices(piece).any(|notice| notice.notification.is_some_and(|told| told["kind"] == REMINDER))
}

/// As the old page prints it.
fn text(row: &EventRow) -> String {
    let start = long_text(Wall(whole_seconds(row.starts_at)));
    format!("{} - {start} @{}", row.title, row.place)
}
