//! Tokens of people's own programs: each opens the routes whose description names one of its scopes, and no others. A
//! route that says nothing of tokens is opened by none, so nobody has to think of what must stay shut.

use super::api::Api;
use super::problem::{Code, Problem};
use crate::accounts::{Identity, Scope, Scopes, is_api_token};
use crate::events::event_of;
use axum::extract::MatchedPath;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde_json::json;
use std::collections::HashMap;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;

/// The name of these tokens in the description.
pub const SCHEME: &str = "token";

/// The commands of a seat sale that a token may send. Who is of the team a person decides, signed in.
pub const COMMANDS: &[(&str, Scope)] = &[
    ("hold", Scope::BookingsWrite),
    ("release", Scope::BookingsWrite),
    ("renew", Scope::BookingsWrite),
    ("book", Scope::BookingsWrite),
    ("buy", Scope::BookingsWrite),
    ("cancel", Scope::BookingsWrite),
    ("queue", Scope::BookingsWrite),
    ("unqueue", Scope::BookingsWrite),
    ("block", Scope::EventsWrite),
    ("unblock", Scope::EventsWrite),
    ("edit", Scope::EventsWrite),
    ("publish", Scope::EventsWrite),
    ("cancel_event", Scope::EventsWrite),
    ("delete", Scope::EventsWrite),
    ("invite", Scope::EventsWrite),
    ("uninvite", Scope::EventsWrite),
    ("capacity", Scope::EventsWrite),
    ("check_in", Scope::CheckIn),
];

/// What opens each route, by method and path; from the description that programs read.
#[derive(Default)]
pub struct Opened(HashMap<(String, String), Scopes>);

/// Who makes a request, found by a token. Nobody but [`stand_in`] puts it into a request.
#[derive(Clone, Debug)]
pub struct StandIn(pub Identity);

impl Opened {
    /// Reads what the routes themselves declare.
    pub fn by(document: &OpenApi) -> Opened {
        let mut opened = HashMap::new();
        for (path, item) in &document.paths.paths {
            let operations = [
                ("GET", &item.get),
                ("PUT", &item.put),
                ("POST", &item.post),
                ("PATCH", &item.patch),
                ("DELETE", &item.delete),
            ];
            for (method, operation) in operations {
                let scopes = operation.as_ref().map(declared).unwrap_or_default();
                opened.insert((method.to_owned(), path.clone()), scopes);
            }
        }
        Opened(opened)
    }

    /// The scopes of which each opens a route.
    pub fn of(&self, method: &str, path: &str) -> Scopes {
        self.0.get(&(method.to_owned(), path.to_owned())).copied().unwrap_or_default()
    }
}

/// Puts whoever a token stands for into the request, if the token opens its route. No other bearer token is looked at.
pub(super) async fn stand_in(api: &Api, opened: &Opened, parts: &mut Parts) -> Result<(), Problem> {
    let Some(text) = token(parts) else { return Ok(()) };
    let identity = api.accounts.verify_token(text).await??;
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let needed = opened.of(parts.method.as_str(), path.strip_prefix("/api/v1").unwrap_or(path));
    let scopes = identity.scopes.unwrap_or_default();
    if needed.iter().any(|scope| scopes.has(scope)) {
        parts.extensions.insert(StandIn(identity));
        Ok(())
    } else {
        Err(insufficient(needed.iter()))
    }
}

/// Whether somebody may send a room this command, as far as it depends on a token.
pub(super) fn may_command(who: &Identity, room: &str, name: &str) -> Result<(), Problem> {
    let Some(scopes) = who.scopes else { return Ok(()) };
    let known = COMMANDS.iter().find(|(command, _)| *command == name && event_of(room).is_some());
    match known {
        Some((_, needed)) if scopes.has(*needed) => Ok(()),
        needed => Err(insufficient(needed.into_iter().map(|(_, scope)| *scope))),
    }
}

/// That a token lacks every scope that would do.
fn insufficient(needed: impl Iterator<Item = Scope>) -> Problem {
    let needed: Vec<_> = needed.map(Scope::as_str).collect();
    let text = match needed.is_empty() {
        true => "No token opens this: sign in.".to_owned(),
        false => format!("It needs {}.", needed.join(" or ")),
    };
    Problem::new(Code::InsufficientScope).detail(text).details(json!({ "needed": needed }))
}

fn token(parts: &Parts) -> Option<&str> {
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    let (scheme, token) = headers.next()?.to_str().ok()?.split_once(' ')?;
    let is_alone = headers.next().is_none() && scheme.eq_ignore_ascii_case("bearer");
    Some(token.trim()).filter(|token| is_alone && is_api_token(token))
}

/// The scopes that an operation's description names.
fn declared(operation: &Operation) -> Scopes {
    let requirements = operation.security.iter().flatten();
    let written = requirements.filter_map(|one| serde_json::to_value(one).ok());
    let named = written.filter_map(|one| one.get(SCHEME).cloned());
    let names =
        named.flat_map(|names| serde_json::from_value::<Vec<String>>(names).unwrap_or_default());
    names.filter_map(|name| Scope::parse(&name)).collect()
}
