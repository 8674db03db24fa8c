//! Fills an empty data folder with events, people, rooms and some bookings, so that there is something to
//! see. It goes the way that everyone goes: accounts, plans, events, commands.

pub mod older;
mod plans;

use crate::accounts::{Accounts, Applicant};
use crate::clock::Clock;
use crate::events::{Events, NewEvent, NewPlan, seats_path, without_seats};
use crate::lobby::{CreateRoomError, NewListed, Rooms};
use crate::room::{AnswerTo, Mail, OsIds};
use crate::router::Router;
use crate::store::{AccountRow, Role};
use anyhow::{Context, anyhow};
use houseful_apps::plan::Plan;
use houseful_apps::seats::{Category, Visibility};
use houseful_room::{CommandId, Ids, Principal, Standing, Wall};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The password of all demo people. They exist only in a demo, which listens on loopback alone.
pub const PASSWORD: &str = "curtain-up-demo";
/// The organiser's address.
pub const ORGANISER: &str = "organiser@demo.example";
/// An attendee's address.
pub const ATTENDEE: &str = "ann@demo.example";

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Who has booked already: every first name with every last name.
const FIRST_NAMES: [&str; 12] = [
    "Ann", "Ben", "Clara", "Dev", "Elif", "Felix", "Grace", "Hana", "Iris", "Jonas", "Kira", "Luca",
];
const LAST_NAMES: [&str; 10] =
    ["Miller", "Okafor", "Weiß", "Patel", "Kaya", "Braun", "Lee", "Sato", "Novak", "Adeyemi"];

/// What the demo is filled with.
pub struct Demo<'a> {
    /// Makes the people.
    pub accounts: &'a Accounts,
    /// Makes the events.
    pub events: &'a Events,
    /// Makes the standing rooms.
    pub rooms: &'a Rooms,
    /// Takes the commands.
    pub router: &'a Router,
    /// Says when "in three weeks" is.
    pub clock: Arc<dyn Clock>,
}

struct Show {
    title: &'static str,
    description: &'static str,
    place: &'static str,
    in_days: u64,
    plan: Plan,
    prices: BTreeMap<String, i64>,
    limit_per_person: u32,
    /// How many of the people have booked, and from how many seats.
    bookings: usize,
    seats: usize,
}

impl Demo<'_> {
    /// Fills the folder.
    pub async fn fill(&self) -> anyhow::Result<()> {
        let olivia = applicant("Olivia Marsh", ORGANISER.to_owned());
        let organiser = self.accounts.enrol(olivia, Role::Organiser).await?;
        let people = self.accounts.enrol_crowd(crowd().collect(), PASSWORD).await?;
        for show in shows() {
            let title = show.title;
            self.stage(&organiser, &people, show)
                .await
                .with_context(|| format!("demo: {title}"))?;
        }
        self.fill_for_older(&organiser).await.context("demo: for older systems' clients")
    }

    /// What the clients of older systems expect.
    async fn fill_for_older(&self, organiser: &AccountRow) -> anyhow::Result<()> {
        let people = older::PEOPLE.map(|(email, name, role)| (email.into(), name.into(), role));
        let people = self.accounts.enrol_crowd(people.into(), older::PASSWORD).await?;
        let event = self.stage(organiser, &[], eight_seats()).await?;
        anyhow::ensure!(event == older::SEATS_EVENT, "the seats are those of event {event}");
        let admin = people.first().unwrap_or(organiser);
        for (title, description, in_days, capacity) in older::EVENTS {
            self.stage(admin, &[], floor(title, description, in_days, capacity)).await?;
        }
        let room = |title: &str| {
            let title = title.to_owned();
            NewListed { owner: organiser.id, title, ..NewListed::plain("chat") }
        };
        for (path, title) in older::TOPICS {
            self.stand(path, room(title)).await?;
        }
        for (path, title) in older::LOBBY_ROOMS {
            let (minimum, most) = older::LOBBY_PLACES;
            self.stand(path, NewListed { minimum, maximum: Some(most), ..room(title) }).await?;
        }
        Ok(())
    }

    async fn stand(&self, path: &str, new: NewListed) -> anyhow::Result<()> {
        match self.rooms.stand(path, new).await {
            // A server without that application has no such rooms.
            Ok(()) | Err(CreateRoomError::NoSuchApp) => Ok(()),
            Err(error) => Err(error).context(path.to_owned()),
        }
    }

    async fn stage(
        &self,
        organiser: &AccountRow,
        people: &[AccountRow],
        show: Show,
    ) -> anyhow::Result<u64> {
        let plan = self.events.keep_plan(NewPlan::Plan(show.plan)).await?;
        let event = self
            .events
            .create(NewEvent {
                owner: organiser.id,
                title: show.title.into(),
                description: show.description.into(),
                starts_at: Wall(evening(self.clock.wall().0, show.in_days)),
                ends_at: None,
                time_zone: "Europe/Berlin".into(),
                place: show.place.into(),
                online: None,
                category: Category::default(),
                visibility: Visibility::Public,
                reminder_minutes: None,
                booking_mail: None,
                currency: "EUR".into(),
                plan_id: plan.id,
                prices: show.prices,
                limit_per_person: show.limit_per_person,
            })
            .await?;
        let room = seats_path(event);
        self.command(&room, organiser, "publish", json!({})).await?;
        for (nth, who) in people.iter().enumerate().take(show.bookings) {
            // Scattered over the hall, the same in every demo: a step that shares no factor with it.
            let (count, first) = (1 + nth * 7 % 5, nth * 7_919 % show.seats);
            let seats: Vec<usize> = (first..first + count).collect();
            // Some fall on an aisle's end or on somebody's seat, and are refused like anyone's.
            if self.command(&room, who, "hold", json!({ "seats": seats })).await.is_ok() {
                self.command(&room, who, "book", json!({ "payment": "door" })).await?;
            }
        }
        Ok(event)
    }

    async fn command(
        &self,
        room: &str,
        who: &AccountRow,
        name: &str,
        body: Value,
    ) -> anyhow::Result<()> {
        let refused =
            |refusal: houseful_room::Refusal| anyhow!("{}: {}", refusal.code, refusal.message);
        let handle = self.router.find(room).await.map_err(refused)?;
        let (caller, answer) = oneshot::channel();
        let mail = Mail::Command {
            id: CommandId(OsIds.uuid(Wall(self.clock.wall().0))),
            term: None,
            who: Principal::person(who.id, Standing::from(who.role)),
            name: name.into(),
            body: body.to_string().into(),
            to: AnswerTo::Caller(caller),
        };
        self.router.send(&handle, mail).await.map_err(|(_, refusal)| refused(refusal))?;
        answer.await?.map(drop).map_err(refused)
    }
}

fn crowd() -> impl Iterator<Item = (String, String, Role)> {
    LAST_NAMES.iter().enumerate().flat_map(|(nth, last)| {
        FIRST_NAMES.iter().map(move |first| {
            // The first of each name has the short address.
            let number = if nth == 0 { String::new() } else { (nth + 1).to_string() };
            let email = format!("{}{number}@demo.example", first.to_lowercase());
            (email, format!("{first} {last}"), Role::Attendee)
        })
    })
}

fn applicant(name: &str, email: String) -> Applicant {
    Applicant { email, name: name.to_owned(), password: PASSWORD.to_owned() }
}

/// Eight in the evening (in winter, in Berlin), so many days from now.
fn evening(now: i64, days: u64) -> i64 {
    let day = i64::try_from(DAY_MS).unwrap_or(i64::MAX);
    (now / day + i64::try_from(days).unwrap_or(0)) * day + 19 * 60 * 60 * 1_000
}

/// Four rows of two, sold by the seats dialect to whoever comes.
fn eight_seats() -> Show {
    Show {
        title: "Lorem Ipsum",
        description: "Lorem ipsum dolor sit amet, in a hall of eight seats.",
        place: "Kammerspiele",
        in_days: 54,
        plan: plans::eight(),
        prices: BTreeMap::from([("hall".to_owned(), 500)]),
        limit_per_person: 8,
        bookings: 0,
        seats: 8,
    }
}

/// Nothing but a floor, where one comes in for nothing.
fn floor(title: &'static str, description: &'static str, in_days: u64, capacity: u32) -> Show {
    let (zone, plan) = without_seats(capacity);
    Show {
        title,
        description,
        place: "Online",
        in_days,
        plan,
        prices: BTreeMap::from([(zone.to_owned(), 0)]),
        limit_per_person: 1,
        bookings: 0,
        seats: 0,
    }
}

fn shows() -> [Show; 3] {
    let prices = |of: &[(&str, i64)]| of.iter().map(|(zone, p)| ((*zone).to_owned(), *p)).collect();
    [
        Show {
            title: "The Winter’s Tale",
            description: "Shakespeare’s late play of jealousy and forgiveness, with live music. \
                Two hours and forty minutes, one interval.",
            place: "Schauspielhaus, Großer Saal",
            in_days: 19,
            plan: plans::theatre(),
            prices: prices(&[("stalls", 4_500), ("circle", 2_800)]),
            limit_per_person: 6,
            bookings: 116,
            seats: 1_200,
        },
        Show {
            title: "Late Set: Nour & the Night Bus",
            description: "A long evening of slow disco and spoken word. Tables at the sides, the \
                floor in the middle.",
            place: "Klub Remise",
            in_days: 8,
            plan: plans::club(),
            prices: prices(&[("floor", 1_800), ("tables", 3_200)]),
            limit_per_person: 6,
            bookings: 10,
            seats: 48,
        },
        Show {
            title: "Northern Lights: The Arena Show",
            description: "Fifty thousand people, one stage in the middle, four hours of music.",
            place: "Nordkurve Arena",
            in_days: 47,
            plan: plans::arena(),
            prices: prices(&[
                ("inner", 12_900),
                ("lower", 9_900),
                ("middle", 6_900),
                ("upper", 3_900),
            ]),
            limit_per_person: 6,
            bookings: 120,
            seats: 50_000,
        },
    ]
}
