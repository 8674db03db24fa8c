//! The events dialect: events, people and what they follow over REST, reminders over Socket.IO, and a page for each.
//! What is allowed is decided where the native interface asks.

mod answer;
mod caller;
use super::date;
mod follows;
mod forms;
mod live;
mod pace;
mod pages;
mod people;
mod posts;
mod view;

pub(super) use live::live;

use super::{Ground, express};
use crate::config::EventsDialect;
use crate::gateway::api::Api;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};
use pace::Windows;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What the REST interface works with.
struct Rest {
    api: Arc<Api>,
    /// How much one person may have.
    terms: EventsDialect,
    /// Held by whoever makes an event.
    making: Mutex<()>,
}

/// All that the REST listener gets.
pub(super) fn rest(ground: Ground) -> Router {
    let terms = ground.api.config.dialects.events.clone().unwrap_or_default();
    let windows = Arc::new(Windows::new(terms.requests_per_second, ground.api.clock.clone()));
    let rest = Arc::new(Rest { api: ground.api.clone(), terms, making: Mutex::default() });
    let ways = ways().into_iter().fold(Router::new(), |router, (path, ways)| {
        // The old server took a slash at the end for nothing.
        router.route(path, ways.clone()).route(&format!("{path}/"), ways)
    });
    ways.method_not_allowed_fallback(express::no_such_path)
        .fallback(express::no_such_path)
        .with_state(rest)
        .layer(from_fn_with_state(windows, pace::limit))
        .layer(from_fn(pace::share))
        .merge(pages::routes(&ground))
}

/// Every way in, by its path.
fn ways() -> [(&'static str, MethodRouter<Arc<Rest>>); 8] {
    [
        ("/auth/signup", post(people::sign_up)),
        ("/auth/login", post(people::sign_in)),
        ("/event", get(posts::list).post(posts::create)),
        ("/event/{id}", get(posts::one).put(posts::change).delete(posts::delete)),
        ("/event/{id}/subscribe", post(follows::subscribe).delete(follows::unsubscribe)),
        ("/event/{id}/subscribers", get(follows::subscribers)),
        ("/user", get(people::list).post(people::create)),
        ("/user/{id}", get(people::one).put(people::change).delete(people::delete)),
    ]
}
