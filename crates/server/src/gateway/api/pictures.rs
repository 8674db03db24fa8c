//! One's own picture, and pictures by their random names.

use super::{Api, Signed};
use crate::gateway::extract::{Path, Raw};
use crate::gateway::problem::{Code, Problem};
use crate::limits;
use crate::pictures::{self, MEDIA_TYPE};
use crate::room::OsIds;
use crate::store::PictureRow;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use houseful_room::Ids;
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

/// Pictures that are decoded at once.
pub(super) static DECODING: Semaphore = Semaphore::const_new(limits::PICTURES_DECODED_AT_ONCE);

/// A picture that is kept.
#[derive(Serialize, ToSchema)]
pub struct Picture {
    /// Its name, to be asked for at `/pictures/{id}`, or `/events/{event}/pictures/{id}`.
    pub(super) id: String,
}

/// A random name, never another picture's.
pub(super) fn new_name() -> String {
    format!("{:016x}{:016x}", OsIds.random(), OsIds.random())
}

/// Uploads one's own picture, in place of the one before: a PNG, JPEG or WebP of at most 2 MiB.
#[utoipa::path(put, operation_id = "putAvatar", path = "/me/avatar", tag = "accounts", security(("bearer" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = Picture),
        (status = 401, body = Problem, description = "sign_in_required, token_expired"),
        (status = 413, body = Problem, description = "too_large"),
        (status = 422, body = Problem, description = "picture_invalid"),
        (status = 503, body = Problem, description = "busy"),
    ))]
pub async fn put_avatar(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Raw(bytes): Raw<{ limits::PICTURE_BYTES_MAX }>,
) -> Result<Json<Picture>, Problem> {
    let Ok(_turn) = DECODING.try_acquire() else { return Err(Code::Busy.into()) };
    let made = api.blocking(move || Ok(pictures::avatar(&bytes))).await?;
    let bytes =
        made.map_err(|error| Problem::new(Code::PictureInvalid).detail(error.to_string()))?;
    let id = new_name();
    let row = PictureRow { id: id.clone(), bytes, at: api.clock.wall().0 };
    let store = api.store.clone();
    api.blocking(move || store.set_avatar(who.account, Some(row))).await?;
    Ok(Json(Picture { id }))
}

/// Takes one's own picture away.
#[utoipa::path(delete, operation_id = "deleteAvatar", path = "/me/avatar", tag = "accounts", security(("bearer" = [])),
    responses(
        (status = 204, description = "there is none any more"),
        (status = 401, body = Problem, description = "sign_in_required, token_expired"),
    ))]
pub async fn delete_avatar(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
) -> Result<StatusCode, Problem> {
    let store = api.store.clone();
    api.blocking(move || store.set_avatar(who.account, None)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A picture. Its name is random and never another picture's, so it is kept for ever.
#[utoipa::path(get, operation_id = "getPicture", path = "/pictures/{id}", tag = "accounts",
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 404, body = Problem, description = "not_found"),
    ))]
pub async fn one(State(api): State<Arc<Api>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let store = api.store.clone();
    let found = api.blocking(move || store.picture(&id)).await?;
    let bytes = found.ok_or(Code::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((headers, bytes).into_response())
}
