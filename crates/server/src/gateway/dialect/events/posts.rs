//! Events: made, shown, changed, taken away. Each change is a command of the event's own room; what is not allowed
//! there is not allowed here.

use super::Rest;
use super::answer::{Answer, Data, Failure, NO_EVENT, UNAUTHORIZED};
use super::caller::{Anyone, Caller};
use super::forms::{EventForm, Fields, State as Shown, not_kept};
use super::view::{EventView, event, events, is_there, state_of, whole_seconds};
use crate::accounts::Identity;
use crate::events::{CreateEventError, NewEvent, NewPlan, without_seats};
use crate::gateway::api::events::{Seen, not_created, visible};
use crate::gateway::api::rooms::ask;
use crate::gateway::problem::Problem;
use crate::limits::PAGE_ROWS_MAX;
use crate::store::{EventRow, Viewer};
use axum::extract::{Path, State};
use houseful_apps::seats::people::{NAMED_MAX, STAFF};
use houseful_apps::seats::{Category, Visibility};
use houseful_room::{AccountId, Wall};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const TOO_MANY: Failure = Failure::new(400, "Events creation limit reached.");

pub(super) async fn list(State(rest): State<Arc<Rest>>, Anyone(who): Anyone) -> Answer<EventView> {
    let viewer = who.map_or(Viewer::Visitor, |caller| caller.viewer());
    Ok(Data(events(&rest, viewer).await?))
}

pub(super) async fn one(
    State(rest): State<Arc<Rest>>,
    Anyone(who): Anyone,
    Path(id): Path<String>,
) -> Answer<EventView> {
    let found = seen(&rest, who.as_ref(), number(&id)?).await?;
    Ok(Data(vec![event(&rest, found.row.id).await?]))
}

/// Makes an event. That there are too many already is said before anything else.
pub(super) async fn create(
    State(rest): State<Arc<Rest>>,
    caller: Caller,
    fields: Fields,
) -> Answer<EventView> {
    // One at a time, so that nobody has more than they may.
    let _one_at_a_time = rest.making.lock().await;
    if owned(&rest, caller.row.id).await? >= rest.terms.events_per_person as usize {
        return Err(TOO_MANY);
    }
    let form = fields.event()?;
    let id = make(&rest, caller.row.id, &form).await?;
    if form.state != Shown::Draft {
        let row = seen(&rest, Some(&caller), id).await?.row;
        command(&rest, &row, &caller.who, "publish", json!({})).await?;
    }
    Ok(Data(vec![event(&rest, id).await?.starting(form.start_date)]))
}

pub(super) async fn change(
    State(rest): State<Arc<Rest>>,
    caller: Caller,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer<EventView> {
    let row = run_by(&rest, &caller, number(&id)?).await?;
    let form = fields.event()?;
    if form.state == Shown::Private && state_of(&row) == Shown::Public {
        keep_followers(&rest, &row, &caller.who).await?;
    }
    let edited = ask(&rest.api, &row.path, &caller.who, "edit", &edit(&row, &form)).await;
    edited.map_err(|problem| refused(&form, problem))?;
    if row.status == "draft" && form.state != Shown::Draft {
        command(&rest, &row, &caller.who, "publish", json!({})).await?;
    }
    Ok(Data(vec![event(&rest, row.id).await?.starting(form.start_date)]))
}

/// A draft is deleted; what people have been shown, or booked, is cancelled. Either way it is gone from here.
pub(super) async fn delete(
    State(rest): State<Arc<Rest>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<()> {
    let row = run_by(&rest, &caller, number(&id)?).await?;
    if row.status == "draft" {
        match ask(&rest.api, &row.path, &caller.who, "delete", &json!({})).await {
            Ok(_) => return Ok(Data(Vec::new())),
            Err(problem) if problem.code == "has_bookings" => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    command(&rest, &row, &caller.who, "cancel_event", json!({})).await?;
    Ok(Data(Vec::new()))
}

/// An event's number.
pub(super) fn number(id: &str) -> Result<u64, Failure> {
    id.parse().map_err(|_| NO_EVENT)
}

/// An event that somebody sees.
pub(super) async fn seen(rest: &Rest, who: Option<&Caller>, id: u64) -> Result<Seen, Failure> {
    let found = visible(&rest.api, id, who.map(|caller| &caller.who)).await?;
    if is_there(&found.row) { Ok(found) } else { Err(NO_EVENT) }
}

/// An event for those who run it.
async fn run_by(rest: &Rest, caller: &Caller, id: u64) -> Result<EventRow, Failure> {
    let found = seen(rest, Some(caller), id).await?;
    if found.role == STAFF { Ok(found.row) } else { Err(UNAUTHORIZED) }
}

/// How many events somebody has made that are there.
async fn owned(rest: &Rest, owner: AccountId) -> Result<usize, Failure> {
    let store = rest.api.store.clone();
    let rows = rest.api.blocking(move || store.events_of_owner(owner, None, PAGE_ROWS_MAX));
    let rows = rows.await?.into_iter();
    Ok(rows.filter(|row| row.owner == owner && is_there(row)).count())
}

async fn make(rest: &Rest, owner: AccountId, form: &EventForm) -> Result<u64, Failure> {
    let (zone, plan) = without_seats(rest.terms.capacity);
    let not_made = |error: CreateEventError| refused(form, not_created(error));
    let plan = rest.api.events.keep_plan(NewPlan::Plan(plan)).await.map_err(not_made)?;
    let new = NewEvent {
        owner,
        title: form.headline.clone(),
        description: form.description.clone(),
        starts_at: Wall(whole_seconds(form.start_date.0)),
        ends_at: None,
        time_zone: "UTC".to_owned(),
        place: form.location.clone(),
        online: None,
        category: Category::default(),
        visibility: match form.state {
            Shown::Private => Visibility::Private,
            Shown::Public | Shown::Draft => Visibility::Public,
        },
        reminder_minutes: None,
        booking_mail: None,
        currency: "EUR".to_owned(),
        plan_id: plan.id,
        prices: BTreeMap::from([(zone.to_owned(), 0)]),
        limit_per_person: crate::limits::EVENTS_DIALECT_PLACES,
    };
    rest.api.events.create_at_any_time(new).await.map_err(not_made)
}

/// What changes of an event: what is as it was is not said, so that nothing is moved by being sent again.
fn edit(row: &EventRow, form: &EventForm) -> Value {
    let mut edit = json!({
        "title": form.headline, "description": form.description, "place": form.location,
    });
    let start = whole_seconds(form.start_date.0);
    if start != whole_seconds(row.starts_at) {
        edit["startsAt"] = start.into();
    }
    if form.state != state_of(row) {
        edit["visibility"] = match form.state {
            Shown::Public => "public",
            Shown::Private => "private",
            // People have been shown it, so it is a draft no more; nobody else is shown it from now on.
            Shown::Draft => "booked",
        }
        .into();
    }
    edit
}

/// Whoever follows an event goes on seeing it when it is for those alone whom it knows.
async fn keep_followers(rest: &Rest, row: &EventRow, who: &Identity) -> Result<(), Failure> {
    let mut last = None;
    loop {
        let (store, id) = (rest.api.store.clone(), row.id);
        let page = rest.api.blocking(move || store.followers(id, last, NAMED_MAX)).await?;
        let accounts: Vec<AccountId> = page.iter().map(|follower| follower.account).collect();
        last = accounts.last().copied();
        if last.is_none() {
            return Ok(());
        }
        let guests = json!({ "accounts": accounts, "unseen": true });
        command(rest, row, who, "invite", guests).await?;
    }
}

async fn command(
    rest: &Rest,
    row: &EventRow,
    who: &Identity,
    name: &'static str,
    body: Value,
) -> Result<(), Failure> {
    Ok(ask(&rest.api, &row.path, who, name, &body).await.map(drop)?)
}

fn refused(form: &EventForm, problem: Problem) -> Failure {
    match problem.code.as_ref() {
        "event_invalid" => not_kept(form, |fact| problem.fields.contains_key(fact)),
        _ => problem.into(),
    }
}
