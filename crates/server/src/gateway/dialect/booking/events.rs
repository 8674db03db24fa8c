//! Looking at events: those that one sees, as everywhere.

use super::Booking;
use super::failure::{Failure, Issue, done};
use super::input::event_id;
use super::shown::Address;
use crate::accounts::Identity;
use crate::gateway::api::events::{pictures, visible};
use crate::gateway::forwarded::Scheme;
use crate::pictures::WIDTHS;
use crate::store::{EventRow, EventSearch};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use houseful_apps::seats::STAFF;
use serde_json::json;
use std::sync::Arc;

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 100;

/// Which events.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    limit: usize,
    offset: u64,
    upcoming: bool,
}

impl Page {
    fn read(uri: &Uri) -> Result<Page, Failure> {
        let mut page = Page { limit: LIMIT, offset: 0, upcoming: false };
        let mut issues = Vec::new();
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
        for (name, text) in pairs.map(|pairs| pairs.0).unwrap_or_default() {
            match &*name {
                "limit" => match text.parse() {
                    Ok(limit @ 1..=LIMIT_MAX) => page.limit = limit,
                    _ => issues.push(Issue::new("limit", "Limit must be between 1 and 100")),
                },
                "offset" => match text.parse::<u32>() {
                    Ok(offset) => page.offset = offset.into(),
                    Err(_) => {
                        issues.push(Issue::new("offset", "Offset must be a non-negative integer"));
                    }
                },
                "upcoming" => page.upcoming = text == "true",
                _ => {}
            }
        }
        if issues.is_empty() { Ok(page) } else { Err(Failure::issues(issues)) }
    }
}

/// Events, soonest first, and how many there are.
pub(super) async fn list(
    State(booking): State<Arc<Booking>>,
    request: Request,
) -> Result<Response, Failure> {
    let page = Page::read(request.uri())?;
    let at = Address::of(Scheme::of(request.extensions()), request.headers());
    let viewer = booking.maybe_signed_in(request.headers()).await;
    let api = &booking.ground.api;
    let search = EventSearch {
        viewer: viewer.map(|viewer| viewer.account.id),
        status: "published".to_owned(),
        from: if page.upcoming { api.clock.wall().0 } else { i64::MIN },
        to: i64::MAX,
        offset: page.offset,
        ..EventSearch::default()
    };
    let store = api.store.clone();
    let read =
        move || Ok((store.search_events(&search, page.limit)?, store.count_events(&search)?));
    let (rows, total) = api.blocking(read).await?;
    let has_more = page.offset + (rows.len() as u64) < total;
    let events = booking.events(rows, &at).await?;
    Ok(done(200, json!({ "events": events, "total": total, "hasMore": has_more })))
}

/// One event.
pub(super) async fn one(
    State(booking): State<Arc<Booking>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let at = Address::of(Scheme::of(request.extensions()), request.headers());
    let viewer = booking.maybe_signed_in(request.headers()).await;
    let viewer = viewer.map(|viewer| viewer.identity);
    let (row, _) = booking.seen(event_id(&id)?, viewer.as_ref()).await?;
    booking.shown(200, row, &at).await
}

/// An event's picture, in its larger size.
pub(super) async fn picture(
    State(booking): State<Arc<Booking>>,
    Path((id, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let viewer = booking.maybe_signed_in(&headers).await.map(|viewer| viewer.identity);
    let id = event_id(&id)?;
    let shown = pictures::shown(&booking.ground.api, viewer.as_ref(), (id, &name), WIDTHS[1]).await;
    shown.map_err(|_| Failure::not_found("Image"))
}

impl Booking {
    /// An event that somebody sees, and whether they run it. What is cancelled is to these clients as if deleted.
    pub(super) async fn seen(
        &self,
        id: u64,
        who: Option<&Identity>,
    ) -> Result<(EventRow, bool), Failure> {
        let seen = visible(&self.ground.api, id, who).await;
        let seen = seen.ok().filter(|seen| seen.row.status != "cancelled");
        let seen = seen.ok_or_else(|| Failure::not_found("Event"))?;
        Ok((seen.row, seen.role == STAFF))
    }

    /// An event as an answer.
    pub(super) async fn shown(
        &self,
        status: u16,
        row: EventRow,
        at: &Address,
    ) -> Result<Response, Failure> {
        let shown = self.events(vec![row], at).await?.pop();
        Ok(done(status, shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_or_says_what_is_wrong() {
        let read = |text: &'static str| Page::read(&Uri::from_static(text));
        let page = |limit, offset, upcoming| Page { limit, offset, upcoming };
        assert_eq!(read("/api/events").unwrap(), page(50, 0, false));
        assert_eq!(read("/a?limit=7&offset=3&upcoming=true").unwrap(), page(7, 3, true));
        assert_eq!(read("/a?upcoming=false&other=1").unwrap(), page(50, 0, false));
        for wrong in ["/a?limit=0", "/a?limit=101", "/a?limit=x", "/a?offset=-1", "/a?limit="] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
