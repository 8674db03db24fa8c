//! What those who let people in need to have with them where there is no network: whose tickets stand, by order. It
//! tells no address and no order's price, and says nothing of who came: the event's room does.

use super::bookings::{PageQuery, next};
use super::events::run_by;
use super::{Api, Signed};
use crate::gateway::extract::{Path, Query};
use crate::gateway::problem::Problem;
use crate::store::BookingRow;
use crate::tickets::places;
use axum::Json;
use axum::extract::State;
use houseful_apps::seats::people::{CHECK_IN, runs_desk};
use houseful_apps::seats::state::OrderStatus;
use houseful_room::AccountId;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A place that a ticket is for.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "place": "s12", "label": "Stalls · A · 13" }))]
pub struct AdmittedPlace {
    /// What the room's command `check_in` calls it.
    place: String,
    /// What people call it.
    label: String,
}

/// An order, as the door knows it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "order": "0199a3c2-7b1e-7c11-9d55-0c5f3e5d2a10", "code": "BK-7QK2M9PD", "name": "Ann Miller",
    "status": "booked", "due": 4200, "places": [{ "place": "s12", "label": "Stalls · A · 13" }] }))]
pub struct Admission {
    order: String,
    /// To read aloud.
    code: String,
    /// Who booked.
    name: String,
    #[schema(value_type = OrderStatus)]
    status: String,
    /// What is to be paid at the door, in minor units.
    due: i64,
    /// What is still booked; nothing of a cancelled order.
    places: Vec<AdmittedPlace>,
}

/// A page of an event's orders, as the door knows them.
#[derive(Serialize, ToSchema)]
pub struct Admissions {
    items: Vec<Admission>,
    #[schema(required)]
    next: Option<String>,
}

/// Whose tickets of an event stand, newest first, for its desk and those who let people in.
#[utoipa::path(get, operation_id = "listAdmissions", path = "/events/{id}/admissions", tag = "events",
    security(("bearer" = []), ("token" = ["checkin"])),
    params(PageQuery), responses(
    (status = 200, body = Admissions),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn list(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Admissions>, Problem> {
    run_by(&api, id, &who, |role| runs_desk(role) || role == CHECK_IN).await?;
    let (limit, after) = page.read()?;
    let store = api.store.clone();
    let reading = api.blocking(move || {
        let rows = store.bookings_of_event(id, after, limit)?;
        let mut accounts: Vec<AccountId> = rows.iter().map(|row| row.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let names = store.names(&accounts)?.into_iter().collect::<BTreeMap<_, _>>();
        Ok((rows, names))
    });
    let (rows, names) = reading.await?;
    let next = next(&rows, limit);
    let items = rows.into_iter().map(|row| {
        let name = names.get(&row.account).cloned().unwrap_or_default();
        admission(row, name)
    });
    Ok(Json(Admissions { items: items.collect(), next }))
}

fn admission(row: BookingRow, name: String) -> Admission {
    let stands = row.status == OrderStatus::Booked.as_str();
    let known = if stands { places(&row) } else { Vec::new() };
    let known = known.into_iter().map(|(place, label)| AdmittedPlace { place, label });
    Admission {
        name,
        due: if stands && row.payment == "door" { row.total } else { 0 },
        places: known.collect(),
        order: row.order,
        code: row.code,
        status: row.status,
    }
}
