//! Events over HTTP: lists and facts from the store, changes as commands of the event's own room.

pub mod booking_mail;
pub mod edit;
pub mod people;
pub mod pictures;
mod shown;
mod sight;

pub(super) use shown::{EventSummary, Person, summary};
pub(in crate::gateway) use sight::{Seen, visible};
pub(super) use sight::{run_by, staffed};

use super::rooms::problem_of;
use super::{Api, MaybeSigned};
use crate::events::CreateEventError;
use crate::gateway::extract::{Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::{PAGE_ROWS_MAX, SEARCH_CHARS_MAX};
use crate::store::{EventCursor, EventSearch};
use axum::Json;
use axum::extract::State;
use edit::moment;
use houseful_apps::seats::Category;
use houseful_room::AccountId;
use serde::Deserialize;
use shown::{EventDetail, EventPage, Shown, detail};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which events.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// At most so many, up to 100.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Only those with this in their title or place; up to 100 characters.
    q: Option<String>,
    /// Only those of this category.
    #[param(inline)]
    category: Option<Category>,
    /// Only those that start at this moment or later. RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Only those that start before this moment. RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<String>,
    /// `upcoming` if not given, soonest first; `past`, latest first.
    #[param(inline)]
    when: Option<When>,
    /// `published` if not given.
    #[param(inline)]
    status: Option<Told>,
    /// Those that one runs instead, drafts too; nothing else narrows them.
    mine: Option<bool>,
}

/// Which events by their start.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// They have not begun.
    #[default]
    Upcoming,
    /// They have.
    Past,
}

/// Which events by what was told of them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Told {
    /// They take place.
    #[default]
    Published,
    /// They do not.
    Cancelled,
}

impl EventQuery {
    /// What is searched for, by somebody, now.
    fn read(self, viewer: Option<AccountId>, now: i64) -> Result<EventSearch, Problem> {
        let wrong = |field: &str, why: &str| Problem::new(Code::InvalidQuery).field(field, why);
        if self.q.as_ref().is_some_and(|text| text.chars().count() > SEARCH_CHARS_MAX) {
            return Err(wrong("q", "too long"));
        }
        let bound = |field: &str, text: Option<String>, otherwise: i64| match text {
            Some(text) => moment(field, &text)
                .map(|wall| wall.0)
                .map_err(|_| wrong(field, "use a time such as 2027-01-31T19:30:00Z")),
            None => Ok(otherwise),
        };
        let is_backwards = self.when == Some(When::Past);
        let (least, most) = if is_backwards { (i64::MIN, now) } else { (now, i64::MAX) };
        Ok(EventSearch {
            viewer,
            text: self.q,
            category: self.category.map(|category| category.as_str().to_owned()),
            status: match self.status.unwrap_or_default() {
                Told::Published => "published".to_owned(),
                Told::Cancelled => "cancelled".to_owned(),
            },
            from: bound("from", self.from, least)?.max(least),
            to: bound("to", self.to, most)?.min(most),
            is_backwards,
            after: None,
            offset: 0,
        })
    }
}

/// Events that one sees, those to come and soonest first unless asked otherwise; or those that one runs. Unlisted ones
/// are in no list but of those who run them.
#[utoipa::path(get, operation_id = "listEvents", path = "/events", tag = "events",
    security((), ("bearer" = []), ("token" = ["events:read"])), params(EventQuery), responses(
    (status = 200, body = EventPage),
    (status = 400, body = Problem, description = "invalid_query"),
))]
pub async fn list(
    State(api): State<Arc<Api>>,
    MaybeSigned(who): MaybeSigned,
    Query(query): Query<EventQuery>,
) -> Result<Json<EventPage>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
    let after: Option<EventCursor> = match query.cursor.as_deref().map(str::parse) {
        Some(Err(())) => return Err(Problem::new(Code::InvalidQuery).field("cursor", "unknown")),
        other => other.and_then(Result::ok),
    };
    let viewer = who.map(|who| who.account);
    let owner = match query.mine {
        Some(true) => Some(viewer.ok_or(Code::SignInRequired)?),
        _ => None,
    };
    let search = EventSearch { after, ..query.read(viewer, api.clock.wall().0)? };
    let store = api.store.clone();
    let rows = api
        .blocking(move || match owner {
            Some(owner) => store.events_of_owner(owner, after, limit),
            None => store.search_events(&search, limit),
        })
        .await?;
    let last = rows.last().filter(|_| rows.len() == limit);
    let next = last.map(|row| row.cursor().to_string());
    let items = rows.into_iter().map(|row| summary(&api, row, owner.is_some())).collect();
    Ok(Json(EventPage { items, next }))
}

/// One event that one sees. A draft is there for its team alone.
#[utoipa::path(get, operation_id = "getEvent", path = "/events/{id}", tag = "events",
    security((), ("bearer" = []), ("token" = ["events:read"])), responses(
    (status = 200, body = EventDetail),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn one(
    State(api): State<Arc<Api>>,
    MaybeSigned(who): MaybeSigned,
    Path(id): Path<u64>,
) -> Result<Shown, Problem> {
    detail(&api, visible(&api, id, who.as_ref()).await?).await
}

/// Why there is no event, as a problem.
pub(in crate::gateway) fn not_created(error: CreateEventError) -> Problem {
    match error {
        CreateEventError::Plan(invalid) => {
            let problem = Problem::new(Code::PlanInvalid);
            invalid
                .fields
                .into_iter()
                .fold(problem, |problem, (name, why)| problem.field(name, why))
        }
        CreateEventError::NoSuchPlan => {
            Problem::new(Code::EventInvalid).field("planId", "There is no such plan.")
        }
        CreateEventError::Refused(refusal) => problem_of(refusal),
        CreateEventError::Store(error) => error.into(),
    }
}

/// An account's number, for lists.
pub(super) fn account_ids(text: &str) -> Vec<AccountId> {
    let ids = text.split(',').filter_map(|id| id.trim().parse().ok());
    ids.take(PAGE_ROWS_MAX).map(AccountId).collect()
}
