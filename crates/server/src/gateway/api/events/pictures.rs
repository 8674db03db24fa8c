//! An event's picture: uploaded by its staff, made anew in two sizes, and shown to those who see the event.

use super::sight::{Seen, staffed, visible};
use crate::accounts::Identity;
use crate::gateway::api::pictures::{self as people, Picture};
use crate::gateway::api::rooms::ask;
use crate::gateway::api::{Api, MaybeSigned, Signed};
use crate::gateway::extract::{Path, Query, Raw};
use crate::gateway::problem::{Code, Problem};
use crate::limits;
use crate::pictures::{MEDIA_TYPE, WIDTHS, widths};
use crate::store::{EventRow, PictureRow};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which size.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SizeQuery {
    /// 480 or 1280 pixels; 1280 if not given. A picture that was narrower is as wide as it was.
    width: Option<u32>,
}

/// Uploads an event's picture, in place of the one before: a PNG, JPEG or WebP of at most 2 MiB. It is made anew, in
/// widths of 480 and 1280 pixels; of the file nothing is kept.
#[utoipa::path(put, operation_id = "putEventPicture", path = "/events/{id}/picture", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = Picture),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "no_such_event"),
        (status = 413, body = Problem, description = "too_large"),
        (status = 422, body = Problem, description = "picture_invalid"),
        (status = 503, body = Problem, description = "busy"),
    ))]
pub async fn put(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Raw(bytes): Raw<{ limits::PICTURE_BYTES_MAX }>,
) -> Result<Json<Picture>, Problem> {
    let Seen { row, .. } = staffed(&api, id, &who).await?;
    let made = make(&api, bytes).await?;
    Ok(Json(Picture { id: keep(&api, &who, row, made).await? }))
}

/// An upload in the widths that are kept; nothing is kept yet.
pub(in crate::gateway) async fn make(api: &Api, bytes: Bytes) -> Result<[Vec<u8>; 2], Problem> {
    let Ok(_turn) = people::DECODING.try_acquire() else { return Err(Code::Busy.into()) };
    let made = api.blocking(move || Ok(widths(&bytes))).await?;
    made.map_err(|error| Problem::new(Code::PictureInvalid).detail(error.to_string()))
}

/// Keeps it as the event's, in place of the one before; answers its name.
pub(in crate::gateway) async fn keep(
    api: &Api,
    who: &Identity,
    row: EventRow,
    made: [Vec<u8>; 2],
) -> Result<String, Problem> {
    let (id, name, at) = (row.id, people::new_name(), api.clock.wall().0);
    let rows = WIDTHS.iter().zip(made);
    let rows = rows.map(|(width, bytes)| PictureRow { id: sized(&name, *width), bytes, at });
    let (rows, store) = (rows.collect(), api.store.clone());
    api.blocking(move || store.put_event_pictures(id, rows)).await?;
    let told = ask(api, &row.path, who, "edit", &json!({ "picture": name })).await;
    // What the event does not name is nobody's: the new one if it was refused, else the one before.
    let kept = if told.is_ok() { Some(name.clone()) } else { row.picture };
    keep_only(api, id, kept).await?;
    told?;
    Ok(name)
}

/// Takes an event's picture away.
#[utoipa::path(delete, operation_id = "deleteEventPicture", path = "/events/{id}/picture", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])),
    responses(
        (status = 204, description = "there is none any more"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "no_such_event"),
    ))]
pub async fn delete(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    let Seen { row, .. } = staffed(&api, id, &who).await?;
    ask(&api, &row.path, &who, "edit", &json!({ "picture": null })).await?;
    keep_only(&api, id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An event's picture, for those who see the event. Its name is never another picture's.
#[utoipa::path(get, operation_id = "getEventPicture", path = "/events/{id}/pictures/{picture}", tag = "events",
    security((), ("bearer" = []), ("token" = ["events:read"])),
    params(("id" = u64, Path), ("picture" = String, Path), SizeQuery),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 404, body = Problem, description = "no_such_event, not_found"),
    ))]
pub async fn one(
    State(api): State<Arc<Api>>,
    MaybeSigned(who): MaybeSigned,
    Path((id, picture)): Path<(u64, String)>,
    Query(size): Query<SizeQuery>,
) -> Result<Response, Problem> {
    shown(&api, who.as_ref(), (id, &picture), size.width.unwrap_or(WIDTHS[1])).await
}

/// An event's picture of a name and a width, for who sees the event.
pub(in crate::gateway) async fn shown(
    api: &Api,
    who: Option<&Identity>,
    (id, picture): (u64, &str),
    width: u32,
) -> Result<Response, Problem> {
    let Seen { row, .. } = visible(api, id, who).await?;
    if row.picture.as_deref() != Some(picture) || !WIDTHS.contains(&width) {
        return Err(Code::NotFound.into());
    }
    let (store, name) = (api.store.clone(), sized(picture, width));
    let bytes = api.blocking(move || store.event_picture(id, &name)).await?;
    let is_for_all = row.status != "draft" && matches!(&*row.visibility, "public" | "unlisted");
    let caching = match is_for_all {
        true => "public, max-age=31536000, immutable",
        // Whoever sees it now may not tomorrow.
        false => "private, no-store",
    };
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::CACHE_CONTROL, caching),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((headers, bytes.ok_or(Code::NotFound)?).into_response())
}

async fn keep_only(api: &Api, event: u64, name: Option<String>) -> Result<(), Problem> {
    let store = api.store.clone();
    let names = name.map(|name| WIDTHS.map(|width| sized(&name, width)).to_vec());
    api.blocking(move || store.keep_event_pictures(event, &names.unwrap_or_default())).await
}

fn sized(name: &str, width: u32) -> String {
    format!("{name}-{width}")
}
