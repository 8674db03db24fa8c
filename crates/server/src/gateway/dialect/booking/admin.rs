//! Making, changing and deleting events: an event of this dialect is so many people without seats, published at once.
//! What may be done is decided by its room.

use super::Booking;
use super::failure::{Failure, said};
use super::form::{Form, not_an_image};
use super::input::{Person, event_id};
use super::shown::Address;
use crate::events::NewEvent;
use crate::gateway::api::events::edit::plan_of;
use crate::gateway::api::events::{not_created, pictures};
use crate::gateway::api::rooms::ask;
use crate::gateway::forwarded::Scheme;
use crate::gateway::problem::Problem;
use crate::store::EventRow;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use houseful_apps::plan::Plan;
use houseful_apps::seats::{Category, Visibility};
use houseful_room::Wall;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes an event and publishes it.
pub(super) async fn create(
    State(booking): State<Arc<Booking>>,
    request: Request,
) -> Result<Response, Failure> {
    let person = booking.signed_in(request.headers()).await?;
    if !person.is_admin() {
        return Err(Failure::forbidden("Admin access required"));
    }
    let at = Address::of(Scheme::of(request.extensions()), request.headers());
    let form = Form::read(request, booking.now(), true).await?;
    let image = booking.made(form.image.clone()).await?;
    let row = booking.make(&person, form).await?;
    if let Some(image) = image {
        pictures::keep(&booking.ground.api, &person.identity, row.clone(), image).await?;
    }
    let (row, _) = booking.seen(row.id, Some(&person.identity)).await?;
    booking.shown(201, row, &at).await
}

/// Changes what is given of an event.
pub(super) async fn change(
    State(booking): State<Arc<Booking>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let person = booking.signed_in(request.headers()).await?;
    let at = Address::of(Scheme::of(request.extensions()), request.headers());
    let id = event_id(&id)?;
    let form = Form::read(request, booking.now(), false).await?;
    let (row, runs_it) = booking.seen(id, Some(&person.identity)).await?;
    if !runs_it {
        return Err(Failure::forbidden("You don't have permission to update this event"));
    }
    if row.starts_at <= booking.now().0 {
        return Err(has_occurred());
    }
    let image = booking.made(form.image.clone()).await?;
    if let Some(capacity) = form.seat_capacity {
        booking.resize(&person, &row, capacity).await?;
    }
    booking.edit(&person, &row, form).await?;
    if let Some(image) = image {
        pictures::keep(&booking.ground.api, &person.identity, row, image).await?;
    }
    let (row, _) = booking.seen(id, Some(&person.identity)).await?;
    booking.shown(200, row, &at).await
}

/// Takes an event away: a draft for good, a published one by cancelling it, so that nothing of it is lost.
pub(super) async fn delete(
    State(booking): State<Arc<Booking>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let person = booking.signed_in(request.headers()).await?;
    let (row, runs_it) = booking.seen(event_id(&id)?, Some(&person.identity)).await?;
    if !runs_it {
        return Err(Failure::forbidden("You don't have permission to delete this event"));
    }
    let (name, body) = match row.status == "draft" {
        true => ("delete", json!({})),
        false => ("cancel_event", json!({ "unbooked": true })),
    };
    let done = ask(&booking.ground.api, &row.path, &person.identity, name, &body).await;
    done.map_err(|problem| match &*problem.code {
        "has_bookings" => {
            Failure::new(409, "CONFLICT", "Cannot delete events with existing bookings")
        }
        "no_such_room" | "event_cancelled" => Failure::not_found("Event"),
        _ => problem.into(),
    })?;
    Ok(said("Event deleted successfully"))
}

fn has_occurred() -> Failure {
    Failure::forbidden("Cannot update events that have already occurred")
}

impl Booking {
    pub(super) fn now(&self) -> Wall {
        self.ground.api.clock.wall()
    }

    /// A picture made anew, before anything else is done.
    async fn made(&self, image: Option<Bytes>) -> Result<Option<[Vec<u8>; 2]>, Failure> {
        let Some(bytes) = image else { return Ok(None) };
        if crate::pictures::is_unknown(&bytes) {
            return Err(not_an_image());
        }
        let made = pictures::make(&self.ground.api, bytes).await;
        made.map(Some).map_err(|problem| match &*problem.code {
            "picture_invalid" => {
                Failure::new(400, "IMAGE_UPLOAD_FAILED", "The image could not be read")
            }
            _ => problem.into(),
        })
    }

    async fn make(&self, person: &Person, form: Form) -> Result<EventRow, Failure> {
        let api = &self.ground.api;
        let (plan_id, prices) = plan_of(api, None, form.seat_capacity, BTreeMap::new()).await?;
        let new = NewEvent {
            owner: person.account.id,
            title: form.name.unwrap_or_default(),
            description: form.description.unwrap_or_default(),
            starts_at: form.event_date.unwrap_or(Wall(0)),
            ends_at: None,
            time_zone: "UTC".to_owned(),
            place: String::new(),
            online: None,
            category: Category::Other,
            visibility: Visibility::Public,
            reminder_minutes: None,
            booking_mail: None,
            currency: "EUR".to_owned(),
            plan_id,
            prices,
            // Its clients know one booking of one place.
            limit_per_person: 1,
        };
        let id = api.events.create(new).await.map_err(|error| refused(not_created(error)))?;
        let (row, _) = self.seen(id, Some(&person.identity)).await?;
        self.ask_staff(person, &row, "publish", &json!({})).await?;
        Ok(row)
    }

    async fn edit(&self, person: &Person, row: &EventRow, form: Form) -> Result<(), Failure> {
        let fields = [
            ("title", form.name.map(Value::from)),
            ("description", form.description.map(Value::from)),
            ("startsAt", form.event_date.map(|at| at.0.into())),
        ];
        let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let edit: Map<String, Value> = given.collect();
        if edit.is_empty() {
            return Ok(());
        }
        self.ask_staff(person, row, "edit", &edit.into()).await
    }

    /// So many people fit from now on, where there is one area that can be larger or smaller.
    async fn resize(&self, person: &Person, row: &EventRow, capacity: u32) -> Result<(), Failure> {
        let (store, plan) = (self.ground.api.store.clone(), row.plan_id.clone());
        let plan = self.ground.api.blocking(move || store.plan(&plan)).await?;
        let plan = plan.and_then(|plan| serde_json::from_str::<Plan>(&plan.body).ok());
        let rows = plan.iter().flat_map(|plan| &plan.sections).flat_map(|part| &part.rows);
        let seats: u32 = rows.map(|row| row.seats).sum();
        let areas = plan.as_ref().map_or(0, |plan| plan.areas.len());
        match capacity.checked_sub(seats) {
            Some(places @ 1..) if areas == 1 => {
                let body = json!({ "area": 0, "capacity": places });
                let told = ask(&self.ground.api, &row.path, &person.identity, "capacity", &body);
                let seq = told.await.map_err(|problem| too_small(problem, seats))?.seq;
                self.watchers.told(row.id, seq).await;
                Ok(())
            }
            _ if u64::from(capacity) == row.capacity => Ok(()),
            _ => Err(Failure::invalid("This event has a seating plan, which says how many fit")),
        }
    }

    async fn ask_staff(
        &self,
        person: &Person,
        row: &EventRow,
        name: &'static str,
        body: &Value,
    ) -> Result<(), Failure> {
        let told = ask(&self.ground.api, &row.path, &person.identity, name, body).await;
        told.map(drop).map_err(refused)
    }
}

/// What the event's room says of facts that cannot be.
fn refused(problem: Problem) -> Failure {
    match &*problem.code {
        "event_ended" | "event_cancelled" => has_occurred(),
        "event_invalid" | "plan_invalid" | "invalid_command" => {
            Failure::invalid(problem.detail.unwrap_or_else(|| problem.title.into_owned()))
        }
        _ => problem.into(),
    }
}

fn too_small(problem: Problem, seats: u32) -> Failure {
    let detail = |name: &str| problem.details.as_ref().and_then(|details| details[name].as_u64());
    match (&*problem.code, detail("least")) {
        ("below_taken", Some(least)) => Failure::invalid(format!(
            "Cannot reduce capacity below {} (number of seats already booked)",
            least + u64::from(seats)
        )),
        _ => refused(problem),
    }
}
