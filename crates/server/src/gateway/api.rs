//! The HTTP interface under `/api/v1`, with its own description. Handlers parse in their arguments,
//! ask one thing of another module, and shape the answer.

pub mod accounts;
pub mod admin;
pub mod admissions;
pub mod auth;
pub mod bookings;
pub mod calendars;
mod description;
pub mod events;
pub mod exports;
pub mod follows;
pub mod inspect;
pub mod listings;
pub mod mails;
pub mod notifications;
pub mod pictures;
pub mod plans;
pub mod privacy;
pub mod pushes;
pub mod rooms;
mod signed;
pub mod tickets;
pub mod tokens;
pub mod webhooks;

pub use signed::{Admin, MaybeSigned, Organiser, Signed};

use crate::accounts::Accounts;
use crate::calls::Caller;
use crate::clock::Clock;
use crate::config::Config;
use crate::events::Events;
use crate::gateway::problem::Problem;
use crate::gateway::scopes;
use crate::hooks::Doorbell;
use crate::lobby::{Headcounts, Rooms as NewRooms};
use crate::notify::{Attention, Postman, Teller, Vapid};
use crate::privacy::Privacy;
use crate::router::Router as Rooms;
use crate::statistics::Counter;
use crate::store::Store;
use crate::store::StoreError;
use axum::Router;
use std::sync::Arc;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Info, OpenApi, Server};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What handlers reach.
#[derive(Clone)]
pub struct Api {
    /// Who is who.
    pub accounts: Arc<Accounts>,
    /// What is stored.
    pub store: Arc<dyn Store>,
    /// Makes plans and events.
    pub events: Events,
    /// Makes rooms.
    pub rooms: NewRooms,
    /// Finds rooms.
    pub router: Rooms,
    /// How many are where.
    pub headcounts: Headcounts,
    /// What the operator set.
    pub config: Arc<Config>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What the notifying task is to look at.
    pub attention: Arc<Attention>,
    /// Tells people in the lobby what is for them.
    pub teller: Teller,
    /// Hands out and takes away what is kept of a person.
    pub privacy: Privacy,
    /// Counts what is now.
    pub counter: Counter,
    /// Wakes whoever sends mails.
    pub postman: Postman,
    /// Knows which other servers may be called.
    pub caller: Caller,
    /// Rings when webhooks are to be told something.
    pub doorbell: Doorbell,
    /// By what push services know this server.
    pub vapid: Arc<Vapid>,
}

/// Every way in under `/api/v1`, and the description of them.
pub fn described() -> (Router<Arc<Api>>, OpenApi) {
    let (router, mut document) = routes().split_for_parts();
    document.info = Info::builder()
        .title("Houseful")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Times are RFC 3339 in UTC, money is in minor units, errors are RFC 9457 problems with a \
             stable `code`. Live state travels over the WebSocket `/live`: see `/api/asyncapi.json`.",
        ))
        .build();
    document.servers = Some(vec![Server::new("/api/v1")]);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let token =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("hf_…").description(Some(
            "A token for one's own programs; it needs one of the scopes that an operation names.",
        ));
    components.add_security_scheme(scopes::SCHEME, SecurityScheme::Http(token.build()));
    document.security =
        Some(vec![SecurityRequirement::default(), SecurityRequirement::new("bearer", [""; 0])]);
    description::complete(&mut document);
    (router, document)
}

/// Every way in under `/api/v1`.
fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(auth::sign_up))
        .routes(routes!(auth::sign_in))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::sign_out))
        .routes(routes!(auth::change_password))
        .routes(routes!(auth::set_up))
        .routes(routes!(accounts::me))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::delete))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::change, webhooks::delete))
        .routes(routes!(webhooks::renew))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::retry))
        .routes(routes!(pictures::put_avatar, pictures::delete_avatar))
        .routes(routes!(pictures::one))
        .routes(routes!(privacy::export))
        .routes(routes!(privacy::erase_me))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::change, privacy::erase))
        .routes(routes!(accounts::sign_out))
        .routes(routes!(events::list, events::edit::create))
        .routes(routes!(events::one, events::edit::change))
        .routes(routes!(events::edit::publish))
        .routes(routes!(events::edit::cancel))
        .routes(routes!(events::edit::delete))
        .routes(routes!(events::edit::clone))
        .routes(routes!(events::booking_mail::preview))
        .routes(routes!(events::pictures::put, events::pictures::delete))
        .routes(routes!(events::pictures::one))
        .routes(routes!(events::people::team))
        .routes(routes!(events::people::invite))
        .routes(routes!(events::people::audit))
        .routes(routes!(plans::keep))
        .routes(routes!(plans::one))
        .routes(routes!(bookings::mine))
        .routes(routes!(tickets::of_order))
        .routes(routes!(tickets::pdf))
        .routes(routes!(tickets::key))
        .routes(routes!(admissions::list))
        .routes(routes!(bookings::of_event))
        .routes(routes!(exports::csv))
        .routes(routes!(exports::xlsx))
        .routes(routes!(bookings::people))
        .routes(routes!(follows::follow_event, follows::unfollow_event))
        .routes(routes!(follows::follow_organiser, follows::unfollow_organiser))
        .routes(routes!(follows::mine))
        .routes(routes!(follows::followers))
        .routes(routes!(notifications::inbox))
        .routes(routes!(notifications::see))
        .routes(routes!(notifications::settings, notifications::set_settings))
        .routes(routes!(pushes::key))
        .routes(routes!(pushes::subscribe, pushes::unsubscribe))
        .routes(routes!(mails::list))
        .routes(routes!(admin::retry_mail))
        .routes(routes!(admin::statistics))
        .routes(routes!(admin::events))
        .routes(routes!(admin::rooms))
        .routes(routes!(admin::limits))
        .routes(routes!(mails::ask_unsubscribe, mails::unsubscribe))
        .routes(routes!(calendars::of_event))
        .routes(routes!(calendars::make, calendars::delete))
        .routes(routes!(calendars::feed))
        .routes(routes!(listings::list, listings::create))
        .routes(routes!(listings::one))
        .routes(routes!(rooms::command))
        .routes(routes!(inspect::affairs))
        .routes(routes!(inspect::journal))
        .routes(routes!(inspect::state))
}

impl Api {
    /// Runs a call of the store where it keeps nobody waiting.
    pub(in crate::gateway) async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        match self.router.tasks().blocking(call).await {
            Ok(done) => Ok(done?),
            Err(error) => Err(Problem::internal(&error)),
        }
    }
}
