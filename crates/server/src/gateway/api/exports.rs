//! An event's bookings as files, for its desk: CSV of all of them, page by page, or XLSX of as many as fit into memory.

use super::events::run_by;
use super::tickets::{PRINTING, PaperQuery, attached};
use super::{Api, Signed};
use crate::accounts::Identity;
use crate::gateway::extract::{Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::{EXPORT_PAGE_ORDERS, XLSX_ORDERS_MAX};
use crate::notify::{Language, Settings};
use crate::store::{AccountRow, BookingRow, OrderCursor, Store, StoreError};
use crate::tables::Table;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use futures_util::{StreamExt, stream};
use houseful_apps::seats::people::runs_desk;
use std::io;
use std::sync::Arc;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Bookings with those who made them.
type Rows = Vec<(BookingRow, Option<AccountRow>)>;

/// How far a file has come.
enum Progress {
    Head,
    After(Option<OrderCursor>),
}

/// An event's bookings as CSV, newest first.
#[utoipa::path(get, operation_id = "exportBookingsCsv", path = "/events/{id}/bookings.csv", tag = "bookings",
    security(("bearer" = []), ("token" = ["bookings:read"])),
    params(("id" = u64, Path), PaperQuery), responses(
    (status = 200, body = String, content_type = "text/csv"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn csv(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Query(query): Query<PaperQuery>,
) -> Result<Response, Problem> {
    let table = Arc::new(table(&api, id, &who, query.language).await?);
    let pieces = stream::unfold(Some(Progress::Head), move |at| {
        let (api, table) = (api.clone(), table.clone());
        async move {
            match at? {
                Progress::Head => Some((Ok(table.csv_head()), Some(Progress::After(None)))),
                Progress::After(after) => match next(&api, id, after).await {
                    Ok(rows) => {
                        let cursor = rows.last().map(|(row, _)| row.cursor());
                        let more = cursor.filter(|_| rows.len() == EXPORT_PAGE_ORDERS);
                        Some((Ok(table.csv_lines(&rows)), more.map(|at| Progress::After(Some(at)))))
                    }
                    // The file ends before its end, so that nobody takes it for whole.
                    Err(_) => Some((Err(io::Error::other("the store failed")), None)),
                },
            }
        }
    });
    // Whoever compresses it asks once more after its end.
    let pieces = pieces.fuse();
    let name = format!("bookings-{id}.csv");
    Ok(attached("text/csv; charset=utf-8", &name, Body::from_stream(pieces)))
}

/// An event's bookings as XLSX, newest first: up to 20,000.
#[utoipa::path(get, operation_id = "exportBookingsXlsx", path = "/events/{id}/bookings.xlsx", tag = "bookings",
    security(("bearer" = []), ("token" = ["bookings:read"])),
    params(("id" = u64, Path), PaperQuery), responses(
    (status = 200, body = Vec<u8>,
     content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
    (status = 409, body = Problem, description = "too_many_bookings: the CSV has them all"),
))]
pub async fn xlsx(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Query(query): Query<PaperQuery>,
) -> Result<Response, Problem> {
    let table = table(&api, id, &who, query.language).await?;
    let Ok(_turn) = PRINTING.try_acquire() else { return Err(Code::Busy.into()) };
    let store = api.store.clone();
    let made = api.blocking(move || {
        let Some(rows) = all(&*store, id, XLSX_ORDERS_MAX)? else { return Ok(None) };
        Ok(Some(table.xlsx(&rows)))
    });
    let Some(made) = made.await? else {
        let text = "These are too many bookings for this kind of file: take the CSV.";
        return Err(Problem::refusal(409, "too_many_bookings", text));
    };
    let bytes = made.map_err(|error| Problem::internal(&error))?;
    Ok(attached(XLSX, &format!("bookings-{id}.xlsx"), bytes))
}

async fn table(
    api: &Api,
    id: u64,
    who: &Identity,
    language: Option<Language>,
) -> Result<Table, Problem> {
    let row = run_by(api, id, who, runs_desk).await?.row;
    let (store, account) = (api.store.clone(), who.account);
    let set = api.blocking(move || store.notification_settings(account)).await?;
    let language = language.unwrap_or(Settings::read(set.as_deref()).language);
    Ok(Table::new(language, &row.currency, &row.time_zone))
}

async fn next(api: &Api, id: u64, after: Option<OrderCursor>) -> Result<Rows, Problem> {
    let store = api.store.clone();
    api.blocking(move || page(&*store, id, after)).await
}

fn page(store: &dyn Store, id: u64, after: Option<OrderCursor>) -> Result<Rows, StoreError> {
    let rows = store.bookings_of_event(id, after, EXPORT_PAGE_ORDERS)?;
    let with = |row: BookingRow| store.account(row.account).map(|account| (row, account));
    rows.into_iter().map(with).collect()
}

/// All bookings of an event, if they are at most so many.
fn all(store: &dyn Store, id: u64, most: usize) -> Result<Option<Rows>, StoreError> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let some = page(store, id, after)?;
        let is_last = some.len() < EXPORT_PAGE_ORDERS;
        after = some.last().map(|(row, _)| row.cursor());
        rows.extend(some);
        match rows.len() <= most {
            false => return Ok(None),
            true if is_last => return Ok(Some(rows)),
            true => {}
        }
    }
}
