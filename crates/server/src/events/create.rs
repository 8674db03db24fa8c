//! Making an event: keep its plan, take a number, open its seat room.

use super::seats_path;
use crate::config::SeatLimits;
use crate::lobby::Rooms;
use crate::room::{CreateError, RoomContext, create};
use crate::store::StoreError;
use crate::store::{PlanRow, Store};
use houseful_apps::plan::{Area, Generator, Plan, PlanInvalid, Zone};
use houseful_apps::seats::mailing::BookingMail;
use houseful_apps::seats::{Category, EventConfig, Visibility};
use houseful_room::{AccountId, Refusal, Wall};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// A plan as it is given.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum NewPlan {
    /// Drawn by rule.
    Generator(Generator),
    /// Drawn already.
    Plan(Plan),
}

/// An event to be made, as a draft.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Who makes it.
    pub owner: AccountId,
    /// What it is called.
    pub title: String,
    /// What it is.
    pub description: String,
    /// When it starts.
    pub starts_at: Wall,
    /// When it ends, if that is known.
    pub ends_at: Option<Wall>,
    /// The IANA zone of its clock.
    pub time_zone: String,
    /// Where it is.
    pub place: String,
    /// Where it is on the net.
    pub online: Option<String>,
    /// What kind of event it is.
    pub category: Category,
    /// Who sees it when it is published.
    pub visibility: Visibility,
    /// Minutes before the start at which people are reminded, if not the usual ones.
    pub reminder_minutes: Option<Vec<u32>>,
    /// What the mail at booking says, if not the usual.
    pub booking_mail: Option<BookingMail>,
    /// ISO 4217.
    pub currency: String,
    /// A plan that is kept already.
    pub plan_id: String,
    /// Minor units by zone.
    pub prices: BTreeMap<String, i64>,
    /// How many places one person may have.
    pub limit_per_person: u32,
}

/// A plan in the store.
#[derive(Clone, Debug)]
pub struct PlanKept {
    /// The hash of its content.
    pub id: String,
    /// How many people fit.
    pub capacity: u64,
    /// The plan as JSON.
    pub body: String,
}

/// Why there is no event, or no plan.
#[derive(Debug, thiserror::Error)]
pub enum CreateEventError {
    /// The plan cannot be used.
    #[error(transparent)]
    Plan(#[from] PlanInvalid),
    /// There is no plan of that id.
    #[error("there is no such plan")]
    NoSuchPlan,
    /// The room refuses.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes plans and events.
#[derive(Clone)]
pub struct Events {
    store: Arc<dyn Store>,
    rooms: Arc<RoomContext>,
    beside: Rooms,
    limits: SeatLimits,
}

impl Events {
    /// Over this store and these rooms.
    pub fn new(store: Arc<dyn Store>, rooms: Arc<RoomContext>, limits: SeatLimits) -> Events {
        let beside = Rooms::new(store.clone(), rooms.clone());
        Events { store, rooms, beside, limits }
    }

    /// Draws or checks a plan, without keeping it.
    pub fn draw(plan: NewPlan) -> Result<(Plan, PlanKept), CreateEventError> {
        let plan = match plan {
            NewPlan::Generator(generator) => Plan::generate(generator)?,
            NewPlan::Plan(plan) => {
                plan.validate()?;
                plan
            }
        };
        let body =
            serde_json::to_string(&plan).map_err(|error| StoreError::Failed(error.to_string()))?;
        let id = content_id(&body);
        let capacity = plan.capacity();
        Ok((plan, PlanKept { id, capacity, body }))
    }

    /// Keeps a plan; the same plan has the same id.
    pub async fn keep_plan(&self, plan: NewPlan) -> Result<PlanKept, CreateEventError> {
        let store = self.store.clone();
        self.blocking(move || {
            let (plan, kept) = Events::draw(plan)?;
            let (id, name, capacity, body) =
                (kept.id.clone(), plan.name, kept.capacity, kept.body.clone());
            store.put_plan(PlanRow { id, name, capacity, body })?;
            Ok(kept)
        })
        .await
    }

    /// Makes an event as a draft, with its room; answers its number.
    pub async fn create(&self, new: NewEvent) -> Result<u64, CreateEventError> {
        self.create_with(new, false).await
    }

    /// The same for clients of older systems, which make events of the past too.
    pub async fn create_at_any_time(&self, new: NewEvent) -> Result<u64, CreateEventError> {
        self.create_with(new, true).await
    }

    async fn create_with(&self, new: NewEvent, may_be_past: bool) -> Result<u64, CreateEventError> {
        let (store, limits) = (self.store.clone(), self.limits);
        let made = self.blocking(move || {
            let row = store.plan(&new.plan_id)?.ok_or(CreateEventError::NoSuchPlan)?;
            let plan: Plan = serde_json::from_str(&row.body)
                .map_err(|error| StoreError::Failed(error.to_string()))?;
            let event = store.next_id("events")?;
            let config = EventConfig {
                event_id: event,
                owner: new.owner,
                plan_id: new.plan_id,
                plan,
                title: new.title,
                description: new.description,
                starts_at: new.starts_at,
                ends_at: new.ends_at,
                time_zone: new.time_zone,
                place: new.place,
                online: new.online,
                category: new.category,
                visibility: new.visibility,
                reminder_minutes: new.reminder_minutes,
                booking_mail: new.booking_mail,
                currency: new.currency,
                prices: new.prices,
                limit_per_person: new.limit_per_person,
                hold_ms: crate::limits::HOLD_MS,
                offer_ms: crate::limits::OFFER_MS,
                holds_per_hour: limits.holds_per_hour,
                may_be_past,
            };
            let config = serde_json::to_string(&config)
                .map_err(|error| StoreError::Failed(error.to_string()))?;
            Ok((event, config))
        });
        let (event, config) = made.await?;
        let made = create(&self.rooms, "seats", seats_path(event), config.into()).await;
        made.map_err(|error| match error {
            CreateError::Refused(refusal) => CreateEventError::Refused(refusal),
            CreateError::Store(error) => CreateEventError::Store(error),
        })?;
        if let Err(error) = self.beside.open_beside(event).await {
            tracing::warn!(event, %error, "an event lacks its rooms; the next start makes them");
        }
        Ok(event)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, CreateEventError> + Send + 'static,
    ) -> Result<T, CreateEventError> {
        let done = self.rooms.tasks.blocking(work).await;
        done.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string()).into()))
    }
}

/// A plan of nothing but so many people in one zone, and what that zone is called.
pub fn without_seats(capacity: u32) -> (&'static str, Plan) {
    let (id, name) = ("general", "General admission");
    let zone = Zone { id: id.to_owned(), name: name.to_owned() };
    let area = Area {
        name: name.to_owned(),
        zone: id.to_owned(),
        capacity,
        x: -160.0,
        y: 0.0,
        w: 320.0,
        h: 160.0,
    };
    let (name, zones, areas) = (name.to_owned(), vec![zone], vec![area]);
    (id, Plan { name, stage: None, zones, sections: Vec::new(), areas })
}

fn content_id(body: &str) -> String {
    let hash = Sha256::digest(body.as_bytes());
    hash.iter().take(16).fold(String::new(), |mut id, byte| {
        let _ = write!(id, "{byte:02x}");
        id
    })
}
