//! An event as it is told over HTTP, and its tag. It decides nothing: who sees what was asked before.

use super::sight::Seen;
use crate::clock::rfc3339;
use crate::events::seats_path;
use crate::gateway::api::Api;
use crate::gateway::problem::Problem;
use crate::store::EventRow;
use axum::Json;
use axum::http::{HeaderName, header};
use houseful_apps::seats::mailing::BookingMail;
use houseful_apps::seats::people::{STAFF, is_of_team};
use houseful_apps::seats::{Category, Status, Visibility};
use houseful_room::Wall;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An event in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventSummary {
    /// Its number.
    pub id: u64,
    /// What it is called.
    pub title: String,
    /// When it starts.
    #[schema(format = DateTime, example = "2027-01-31T18:30:00Z")]
    pub starts_at: String,
    /// When it ends, if that is known.
    #[schema(required, format = DateTime, example = "2027-01-31T21:00:00Z")]
    pub ends_at: Option<String>,
    /// The IANA zone of its clock.
    pub time_zone: String,
    /// Where it is.
    pub place: String,
    /// Whether it is on the net; where, `online` tells those who booked.
    pub is_online: bool,
    /// What kind of event it is.
    #[schema(value_type = Category)]
    pub category: String,
    /// The name of its picture: `/events/{id}/pictures/{picture}`.
    #[schema(required)]
    pub picture: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// The lowest price, in minor units.
    #[schema(required)]
    pub from_price: Option<i64>,
    /// Where it is in its life.
    #[schema(value_type = Status)]
    pub status: String,
    /// Who sees it once it is published.
    #[schema(value_type = Visibility)]
    pub visibility: String,
    /// How many people fit.
    pub capacity: u64,
    /// Places that can be held now.
    pub available: u64,
    /// Places booked; told to its team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booked: Option<u64>,
    /// Places in carts; told to its team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<u64>,
    /// People in its room now.
    pub here: u64,
    /// Connections that watch it now.
    pub watching: u64,
}

/// An event with all that the viewer may know of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventDetail {
    /// What lists show too.
    #[serde(flatten)]
    pub summary: EventSummary,
    /// What it is, in Markdown as it was written: whoever shows it renders it, and lets nothing through but text.
    pub description: String,
    /// Where it is on the net; told to those who have booked, and to its team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<String>,
    /// Why it is cancelled, where that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_reason: Option<String>,
    /// When it was to start before it was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub rescheduled_from: Option<String>,
    /// Its plan: `GET /plans/{id}`.
    pub plan_id: String,
    /// The path of its seat room, for `join`.
    pub room: String,
    /// Minor units by zone.
    pub prices: BTreeMap<String, i64>,
    /// How many places one person may have.
    pub limit_per_person: u64,
    /// How long a cart lasts.
    pub hold_ms: u64,
    /// Minutes before the start at which people are reminded who have set nothing else.
    pub reminder_minutes: Vec<u32>,
    /// What the mail at booking says; told to its staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_mail: Option<BookingMail>,
    /// Who made it.
    pub owner: Person,
    /// Whether the viewer is its staff.
    pub staff: bool,
    /// As what the viewer is known there: `staff` (its owner and managers), `box_office`, `check_in`, `moderator`,
    /// `viewer`, `guest`, `visitor`.
    pub role: String,
    /// Whether the viewer follows it.
    pub following: bool,
    /// How many follow it; told to its staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    /// For `If-Match` when changing it.
    pub etag: String,
}

/// A person as others see one.
#[derive(Serialize, ToSchema)]
pub struct Person {
    /// The account.
    pub id: u64,
    /// What it is called.
    pub name: String,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct EventPage {
    /// In order.
    pub items: Vec<EventSummary>,
    /// The next page's `cursor`; `null` after the last.
    #[schema(required)]
    pub next: Option<String>,
}

/// An event in a list, as its team sees it, or others.
pub(in crate::gateway::api) fn summary(api: &Api, row: EventRow, is_team: bool) -> EventSummary {
    let headcount = api.headcounts.of(row.id);
    EventSummary {
        id: row.id,
        title: row.title,
        starts_at: rfc3339(Wall(row.starts_at)),
        ends_at: row.ends_at.map(|at| rfc3339(Wall(at))),
        time_zone: row.time_zone,
        place: row.place,
        is_online: row.online.is_some(),
        category: row.category,
        picture: row.picture,
        currency: row.currency,
        from_price: row.from_price,
        status: row.status,
        visibility: row.visibility,
        capacity: row.capacity,
        available: row.available,
        booked: is_team.then_some(row.booked),
        held: is_team.then_some(row.held),
        here: headcount.here as u64,
        watching: headcount.watching as u64,
    }
}

/// What an event is answered with.
pub(super) type Shown = ([(HeaderName, String); 1], Json<EventDetail>);

pub(super) async fn detail(api: &Api, seen: Seen) -> Result<Shown, Problem> {
    let Seen { row, role, has_booked, is_following } = seen;
    let (store, owner, event) = (api.store.clone(), row.owner, row.id);
    let (names, followers) = api
        .blocking(move || {
            let followers = (role == STAFF).then(|| store.count_followers(event)).transpose()?;
            Ok((store.names(&[owner])?, followers))
        })
        .await?;
    let name = names.into_iter().next().map(|(_, name)| name).unwrap_or_default();
    let etag = etag(&row);
    let is_team = is_of_team(role);
    let detail = EventDetail {
        description: row.description.clone(),
        online: row.online.clone().filter(|_| is_team || has_booked),
        cancelled_reason: row.cancelled_reason.clone(),
        rescheduled_from: row.rescheduled_from.map(|at| rfc3339(Wall(at))),
        plan_id: row.plan_id.clone(),
        room: seats_path(row.id),
        prices: serde_json::from_str(&row.prices).unwrap_or_default(),
        limit_per_person: row.limit_per_person,
        hold_ms: row.hold_ms,
        reminder_minutes: row.reminder_minutes(),
        booking_mail: (role == STAFF).then(|| row.booking_mail()),
        owner: Person { id: owner.0, name },
        staff: role == STAFF,
        role: role.to_owned(),
        following: is_following,
        followers,
        etag: etag.clone(),
        summary: summary(api, row, is_team),
    };
    Ok(([(header::ETAG, etag)], Json(detail)))
}

/// Names the facts as they are, without what sells.
pub(super) fn etag(row: &EventRow) -> String {
    let hash = Sha256::digest(facts(row).to_string().as_bytes());
    let short: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}

/// The facts that an edit was made from, as the room knows them.
pub(super) fn facts(row: &EventRow) -> Value {
    let prices: BTreeMap<String, i64> = serde_json::from_str(&row.prices).unwrap_or_default();
    serde_json::json!({
        "title": row.title, "description": row.description, "startsAt": row.starts_at,
        "endsAt": row.ends_at, "timeZone": row.time_zone, "place": row.place,
        "online": row.online, "category": row.category, "visibility": row.visibility,
        "picture": row.picture, "status": row.status, "prices": prices,
        "limitPerPerson": row.limit_per_person, "reminderMinutes": row.reminder_minutes(),
        "bookingMail": row.booking_mail(),
    })
}
