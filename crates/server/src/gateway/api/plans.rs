//! Seating plans over HTTP: immutable, named by their content.

use super::events::not_created;
use super::{Api, MaybeSigned, Organiser};
use crate::accounts::Identity;
use crate::events::NewPlan;
use crate::gateway::extract::{Path, read_json};
use crate::gateway::problem::{Code, Problem};
use crate::limits::PLAN_BODY_BYTES_MAX;
use crate::store::Role;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use houseful_apps::plan::Plan;
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;

/// A plan that is kept.
#[derive(Serialize, ToSchema)]
pub struct Kept {
    /// What events and `GET /plans/{id}` name it by.
    id: String,
    /// How many people fit.
    capacity: u64,
    /// The plan as it is drawn.
    #[schema(value_type = Plan)]
    plan: Box<RawValue>,
}

/// Keeps a plan, drawn already (`{"plan": …}`) or to be drawn by rule (`{"generator": …}`).
#[utoipa::path(post, operation_id = "keepPlan", path = "/plans", tag = "plans",
    security(("bearer" = []), ("token" = ["events:write"])), request_body = NewPlan, responses(
    (status = 201, body = Kept),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 422, body = Problem, description = "plan_invalid, with fields such as sections[0].rows[1].label"),
))]
pub async fn keep(
    State(api): State<Arc<Api>>,
    _: Organiser,
    request: Request,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let plan: NewPlan = read_json(request, PLAN_BODY_BYTES_MAX).await?;
    let kept = api.events.keep_plan(plan).await.map_err(not_created)?;
    let plan = RawValue::from_string(kept.body).map_err(|error| Problem::internal(&error))?;
    Ok((StatusCode::CREATED, Json(Kept { id: kept.id, capacity: kept.capacity, plan })))
}

/// A plan. It never changes. It is there for those who see an event that has it.
#[utoipa::path(get, operation_id = "getPlan", path = "/plans/{id}", tag = "plans",
    security((), ("bearer" = []), ("token" = ["events:read"])), responses(
    (status = 200, body = Plan),
    (status = 404, body = Problem, description = "no_such_plan"),
))]
pub async fn one(
    State(api): State<Arc<Api>>,
    MaybeSigned(who): MaybeSigned,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let store = api.store.clone();
    let (viewer, is_admin) = (who.as_ref().map(|who| who.account), is_admin(who.as_ref()));
    let (row, is_for_all) = api
        .blocking(move || {
            let is_for_all = store.is_plan_seen(&id, None)?;
            let is_seen = is_for_all || is_admin || store.is_plan_seen(&id, viewer)?;
            Ok((if is_seen { store.plan(&id)? } else { None }, is_for_all))
        })
        .await?;
    let row = row.ok_or(Code::NoSuchPlan)?;
    let caching = match is_for_all {
        true => "public, max-age=31536000, immutable",
        // Whoever sees it now may not tomorrow.
        false => "private, no-store",
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CACHE_CONTROL, caching.to_owned()),
        (header::ETAG, format!("\"{}\"", row.id)),
    ];
    Ok((headers, row.body).into_response())
}

fn is_admin(who: Option<&Identity>) -> bool {
    who.is_some_and(|who| who.role == Role::Admin)
}
