//! The inspector: what those who run a room see of it and of its journal. Whoever runs it sees what they would
//! see inside; only admins see what is private to others. Nothing here changes a room.

use super::rooms::problem_of;
use super::{Api, Signed};
use crate::accounts::Identity;
use crate::clock::rfc3339;
use crate::gateway::extract::{Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::{PACE_ENTRIES_MAX, PAGE_ROWS_MAX, REPLAYED_ENTRIES_MAX};
use crate::room::Inspection;
use crate::router::EntryRecord;
use crate::store::Role;
use axum::Json;
use axum::extract::State;
use houseful_room::{Audience, Principal, Seq, Stored};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The roles of those who run a room.
const RUNNING: [&str; 2] = ["staff", "owner"];
/// What a pace is counted over.
const MINUTE_MS: i64 = 60_000;

/// How it stands with a room.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Affairs {
    /// Its path.
    room: String,
    /// Its application.
    app: String,
    /// The role in which one would be there.
    role: String,
    /// Identity of its history.
    epoch: String,
    /// Its term: rises whenever it is read back from its journal.
    term: u64,
    /// The last entry that was decided.
    seq: u64,
    /// The last entry that is durable.
    head: u64,
    /// People who are there.
    here: usize,
    /// Sessions that are there, visitors' too.
    watching: usize,
    /// Commands that wait to be decided.
    commands_waiting: usize,
    /// Joins, leaves and questions that wait.
    others_waiting: usize,
    /// Entries of the last minute, counted up to 1,000.
    entries_per_minute: usize,
}

/// Some entries of a room, oldest first.
#[derive(Serialize, ToSchema)]
pub struct JournalPage {
    items: Vec<JournalEntry>,
    /// Whether there are older ones.
    more: bool,
}

/// One entry, with what one may see of it.
#[derive(Serialize, ToSchema)]
pub struct JournalEntry {
    seq: u64,
    /// When it was decided.
    at: String,
    /// A command's name, `timer KEY`, or what a member did.
    did: String,
    /// The account that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<u64>,
    /// Its ops, by who could see them.
    ops: Vec<EntryOps>,
}

/// An entry's ops for an audience.
#[derive(Serialize, ToSchema)]
pub struct EntryOps {
    /// `all`, `role:…`, `group:…`, `member:…`; for admins `nobody` too.
    audience: String,
    /// As PROTOCOL.md has them.
    #[schema(value_type = Vec<Object>)]
    ops: Box<RawValue>,
}

/// A room as it was.
#[derive(Serialize, ToSchema)]
pub struct PastState {
    /// The last entry that is contained.
    seq: u64,
    /// What each audience saw, as `joined` has it.
    #[schema(value_type = Vec<Object>)]
    parts: Vec<Box<RawValue>>,
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JournalQuery {
    /// Only entries with a smaller number.
    before: Option<u64>,
    /// How many, at most 100.
    limit: Option<usize>,
}

/// Which moment.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StateQuery {
    /// The last entry to be contained, from 1.
    at: u64,
}

/// Somebody who may look into a room.
struct Inspector {
    inspection: Inspection,
    is_admin: bool,
}

impl Inspector {
    fn may_see(&self, audience: &Audience) -> bool {
        self.is_admin || self.inspection.audiences.contains(audience)
    }
}

/// How it stands with a room, for those who run it.
#[utoipa::path(get, operation_id = "inspectRoom", path = "/rooms/{room}/affairs", tag = "rooms",
    responses(
    (status = 200, body = Affairs),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_room"),
))]
pub async fn affairs(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(room): Path<String>,
) -> Result<Json<Affairs>, Problem> {
    let Inspector { inspection, .. } = inspector(&api, &room, &who).await?;
    let record = api.router.record(&room).await.map_err(problem_of)?;
    let last = api.router.entries(record.room, record.head + 1, PACE_ENTRIES_MAX).await;
    let since = api.clock.wall().0 - MINUTE_MS;
    let is_recent =
        |entry: &&EntryRecord| Stored::read(&entry.body).is_ok_and(|stored| stored.at.0 > since);
    Ok(Json(Affairs {
        app: inspection.app.to_owned(),
        role: inspection.role.to_owned(),
        epoch: inspection.epoch.to_string(),
        term: inspection.term,
        seq: inspection.seq,
        head: record.head,
        here: inspection.headcount.here,
        watching: inspection.headcount.watching,
        commands_waiting: inspection.commands_waiting,
        others_waiting: inspection.others_waiting,
        entries_per_minute: last.map_err(problem_of)?.iter().filter(is_recent).count(),
        room,
    }))
}

/// What happened in a room, the last of it first to be had, for those who run it.
#[utoipa::path(get, operation_id = "listJournal", path = "/rooms/{room}/journal", tag = "rooms",
    params(JournalQuery), responses(
    (status = 200, body = JournalPage),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_room"),
))]
pub async fn journal(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(room): Path<String>,
    Query(query): Query<JournalQuery>,
) -> Result<Json<JournalPage>, Problem> {
    let inspector = inspector(&api, &room, &who).await?;
    let record = api.router.record(&room).await.map_err(problem_of)?;
    let before = query.before.unwrap_or(u64::MAX).min(record.head + 1);
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
    let entries = api.router.entries(record.room, before, limit).await.map_err(problem_of)?;
    let items: Result<Vec<_>, _> = entries.iter().map(|entry| shown(&inspector, entry)).collect();
    let items = items?;
    let more = items.first().is_some_and(|first| first.seq > 1);
    Ok(Json(JournalPage { items, more }))
}

/// A room as it was after an entry, among its first 20,000, for those who run it.
#[utoipa::path(get, operation_id = "readPastState", path = "/rooms/{room}/state", tag = "rooms",
    params(StateQuery), responses(
    (status = 200, body = PastState),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_room"),
))]
pub async fn state(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(room): Path<String>,
    Query(query): Query<StateQuery>,
) -> Result<Json<PastState>, Problem> {
    let inspector = inspector(&api, &room, &who).await?;
    let record = api.router.record(&room).await.map_err(problem_of)?;
    let most: Seq = record.head.min(REPLAYED_ENTRIES_MAX);
    if !(1..=most).contains(&query.at) {
        let text = format!("between 1 and {most}");
        return Err(Problem::new(Code::InvalidQuery).field("at", &text));
    }
    let past = api.router.past(record, query.at).await.map_err(problem_of)?;
    let seen = past.parts.into_iter().filter(|(audience, _)| inspector.may_see(audience));
    let parts: Result<_, Problem> = seen.map(|(_, part)| raw(part)).collect();
    Ok(Json(PastState { seq: query.at, parts: parts? }))
}

/// Lets those in who run the room, and admins.
async fn inspector(api: &Api, room: &str, who: &Identity) -> Result<Inspector, Problem> {
    let principal = Principal::person(who.account, who.role.into());
    let inspection = api.router.inspect(room, principal).await.map_err(problem_of)?;
    let is_admin = who.role == Role::Admin;
    match is_admin || RUNNING.contains(&inspection.role) {
        true => Ok(Inspector { inspection, is_admin }),
        false => Err(Code::NotAllowed.into()),
    }
}

fn shown(inspector: &Inspector, entry: &EntryRecord) -> Result<JournalEntry, Problem> {
    let stored = Stored::read(&entry.body).map_err(|error| Problem::internal(&error))?;
    let mut ops = Vec::new();
    for group in stored.groups() {
        let group = group.map_err(|error| Problem::internal(&error))?;
        if inspector.may_see(&group.audience) {
            let audience = group.audience.to_string();
            ops.push(EntryOps { audience, ops: raw(group.text.to_owned())? });
        }
    }
    let (at, by) = (rfc3339(stored.at), stored.by.map(|account| account.0));
    Ok(JournalEntry { seq: entry.seq, at, did: stored.did, by, ops })
}

fn raw(text: String) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(text).map_err(|error| Problem::internal(&error))
}
