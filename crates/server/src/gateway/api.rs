//! The HTTP interface under `/api/v1`, with its own description. Handlers parse in their arguments,
//! ask one thing of another module, and shape the answer.

pub mod accounts;
pub mod auth;
mod signed;

pub use signed::{Admin, MaybeSigned, Organiser, Signed};

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::Store;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What handlers reach.
#[derive(Clone)]
pub struct Api {
    /// Who is who.
    pub accounts: Arc<Accounts>,
    /// What is stored.
    pub store: Arc<dyn Store>,
    /// What the operator set.
    pub config: Arc<Config>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// Every way in under `/api/v1`.
pub fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(auth::sign_up))
        .routes(routes!(auth::sign_in))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::sign_out))
        .routes(routes!(auth::change_password))
        .routes(routes!(auth::set_up))
        .routes(routes!(accounts::me))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::change))
}
