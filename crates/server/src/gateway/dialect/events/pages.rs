//! The pages of the REST listener: one that shows reminders as they come, and the documentation. They are static, and
//! asking for them counts for nobody.

use crate::gateway::dialect::Ground;
use axum::Router;

pub(super) fn routes(_ground: &Ground) -> Router {
    Router::new()
}
