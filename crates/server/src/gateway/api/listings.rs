//! Rooms that people make and find. What happens in one goes by its commands.

use super::rooms::problem_of;
use super::{Api, MaybeSigned, Signed};
use crate::accounts::Identity;
use crate::gateway::extract::{Body, Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::{PAGE_ROWS_MAX, SEARCH_CHARS_MAX};
use crate::lobby::{CreateRoomError, NewListed};
use crate::room::{Inspection, Mail, RoomHandle};
use crate::store::{ListingQuery, ListingRow};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use houseful_room::door::Visibility;
use houseful_room::{Principal, Refusal};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::oneshot;
use utoipa::{IntoParams, ToSchema};

/// A room in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomSummary {
    /// Its path, for `join` and for commands.
    pub path: String,
    /// The application.
    pub app: String,
    /// What it is called.
    pub title: String,
    /// `public`, `unlisted` or `private`.
    pub visibility: String,
    /// Whose it is; 0 where it is nobody's or has no door.
    pub owner: u64,
    /// The event that it belongs to.
    #[schema(required)]
    pub event: Option<u64>,
    /// It starts when so many people are here.
    pub minimum: u64,
    /// It is full when so many people are here.
    #[schema(required)]
    pub maximum: Option<u64>,
    /// Whether nobody new may come in.
    pub locked: bool,
    /// `waiting`, `open`, `closing` or `closed`.
    pub phase: String,
    /// People in it now.
    pub here: u64,
    /// Connections that watch it now.
    pub watching: u64,
}

/// A room, and as what one is known there.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomDetail {
    /// What lists show too.
    #[serde(flatten)]
    pub summary: RoomSummary,
    /// The role that one would have there.
    pub role: String,
}

/// A page of rooms.
#[derive(Serialize, ToSchema)]
pub struct RoomPage {
    /// By path.
    pub items: Vec<RoomSummary>,
    /// The next page's `cursor`; `null` after the last.
    #[schema(required)]
    pub next: Option<String>,
}

/// Which rooms.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoomQuery {
    /// Only those with this in their title.
    q: Option<String>,
    /// Only those of this application.
    app: Option<String>,
    /// At most so many, up to 100.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Who may know of a room.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// Everyone.
    #[default]
    Public,
    /// Whoever has its path.
    Unlisted,
    /// Those who are invited.
    Private,
}

/// A new room.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateRoom {
    /// The application, such as `chat`.
    app: String,
    title: String,
    #[serde(default)]
    visibility: Seen,
    /// 1 to 200; 1 if left out.
    minimum: Option<u32>,
    /// 1 to 100,000; none if left out.
    maximum: Option<u32>,
    #[serde(default)]
    locked: bool,
    /// Whether its notices say who came and who left.
    #[serde(default)]
    keeps_comings: bool,
}

/// Rooms that one may see: public ones, one's own, and those that one is invited to.
#[utoipa::path(get, operation_id = "listRooms", path = "/rooms", tag = "rooms",
    security((), ("bearer" = []), ("token" = ["events:read"])), params(RoomQuery), responses(
    (status = 200, body = RoomPage),
    (status = 400, body = Problem, description = "invalid_query"),
))]
pub async fn list(
    State(api): State<Arc<Api>>,
    MaybeSigned(who): MaybeSigned,
    Query(query): Query<RoomQuery>,
) -> Result<Json<RoomPage>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
    if query.q.as_ref().is_some_and(|text| text.chars().count() > SEARCH_CHARS_MAX) {
        return Err(Problem::new(Code::InvalidQuery).field("q", "too long"));
    }
    let (account, store) = (who.map(|who| who.account), api.store.clone());
    let RoomQuery { q: text, app, cursor: after, .. } = query;
    let query = ListingQuery { account, app, text, after };
    let rows = api.blocking(move || store.listings(&query, limit)).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| row.path.clone());
    let items = rows.into_iter().map(|row| summary(&api, row)).collect();
    Ok(Json(RoomPage { items, next }))
}

/// Makes a room; whoever makes it owns it.
#[utoipa::path(post, operation_id = "createRoom", path = "/rooms", tag = "rooms", request_body = CreateRoom, responses(
    (status = 201, body = RoomDetail),
    (status = 409, body = Problem, description = "too_many_rooms"),
    (status = 422, body = Problem, description = "invalid_body, with fields"),
))]
pub async fn create(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Body(new): Body<CreateRoom>,
) -> Result<(StatusCode, Json<RoomDetail>), Problem> {
    let new = NewListed {
        owner: who.account,
        app: new.app,
        title: new.title,
        visibility: match new.visibility {
            Seen::Public => Visibility::Public,
            Seen::Unlisted => Visibility::Unlisted,
            Seen::Private => Visibility::Private,
        },
        minimum: new.minimum.unwrap_or(1),
        maximum: new.maximum,
        locked: new.locked,
        keeps_comings: new.keeps_comings,
    };
    let path = api.rooms.open(new).await.map_err(not_created)?;
    let detail = detail(&api, &path, Some(&who)).await?;
    Ok((StatusCode::CREATED, Json(detail)))
}

/// A room that one may know of. `room` is its path, percent-encoded. One without a door is
/// called as its path ends.
#[utoipa::path(get, operation_id = "getRoom", path = "/rooms/{room}", tag = "rooms",
    security((), ("bearer" = []), ("token" = ["events:read"])), responses(
    (status = 200, body = RoomDetail),
    (status = 401, body = Problem, description = "sign_in_required"),
    (status = 404, body = Problem, description = "no_such_room"),
    (status = 409, body = Problem, description = "banned, room_closed"),
))]
pub async fn one(
    State(api): State<Arc<Api>>,
    MaybeSigned(who): MaybeSigned,
    Path(room): Path<String>,
) -> Result<Json<RoomDetail>, Problem> {
    detail(&api, &room, who.as_ref()).await.map(Json)
}

/// The room itself says who may know of it.
async fn detail(api: &Api, path: &str, who: Option<&Identity>) -> Result<RoomDetail, Problem> {
    let who = who.map_or(Principal::VISITOR, |who| Principal::person(who.account, who.role.into()));
    let handle = api.router.find_for(path, &who).await.map_err(problem_of)?;
    let who = api.router.introduce(&handle, who).await.map_err(problem_of)?;
    let role = told(api, &handle, |to| Mail::Admits { who, to }).await?;
    let (store, wanted) = (api.store.clone(), path.to_owned());
    let summary = match api.blocking(move || store.listing(&wanted)).await? {
        Some(row) => summary(api, row),
        None => without_door(path, &told(api, &handle, |to| Mail::Inspect { who, to }).await?),
    };
    Ok(RoomDetail { summary, role: role.to_owned() })
}

/// What a room itself answers.
async fn told<T>(
    api: &Api,
    handle: &RoomHandle,
    question: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Mail,
) -> Result<T, Problem> {
    let (to, answer) = oneshot::channel();
    let sent = api.router.send(handle, question(to)).await;
    sent.map_err(|(_, refusal)| problem_of(refusal))?;
    answer.await.map_err(|_| Problem::new(Code::Unavailable))?.map_err(problem_of)
}

/// A room without a door is in no list and knows no owner; it is called as its path ends.
fn without_door(path: &str, found: &Inspection) -> RoomSummary {
    let title = path.rsplit('/').next().unwrap_or(path);
    RoomSummary {
        path: path.to_owned(),
        app: found.app.to_owned(),
        title: title.to_owned(),
        visibility: Visibility::Unlisted.as_str().to_owned(),
        owner: 0,
        event: None,
        minimum: 1,
        maximum: None,
        locked: false,
        phase: "open".to_owned(),
        here: found.headcount.here as u64,
        watching: found.headcount.watching as u64,
    }
}

fn summary(api: &Api, row: ListingRow) -> RoomSummary {
    let headcount = api.headcounts.at(&row.path);
    RoomSummary {
        path: row.path,
        app: row.app,
        title: row.title,
        visibility: row.visibility,
        owner: row.owner.0,
        event: row.event,
        minimum: row.minimum,
        maximum: row.maximum,
        locked: row.locked,
        phase: row.phase,
        here: headcount.here as u64,
        watching: headcount.watching as u64,
    }
}

fn not_created(error: CreateRoomError) -> Problem {
    let wrong = Problem::new(Code::InvalidBody);
    match error {
        CreateRoomError::NoSuchApp => wrong.field("app", "There is no such application."),
        CreateRoomError::TooMany => {
            let text = "You have as many rooms as one may have. Close one first.";
            Problem::refusal(409, "too_many_rooms", text)
        }
        CreateRoomError::Refused(refusal) => refusal
            .fields
            .into_iter()
            .fold(wrong, |wrong, (field, reason)| wrong.field(field, reason)),
        CreateRoomError::Store(error) => error.into(),
    }
}
