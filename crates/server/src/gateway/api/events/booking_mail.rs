//! The mail that people get when they book, shown to its organiser before it is kept. Nothing is changed or sent.

use super::staffed;
use crate::gateway::api::{Api, Signed};
use crate::gateway::extract::{Body, Path};
use crate::gateway::problem::{Code, Problem};
use crate::notify::{Language, Preview, preview as written};
use axum::Json;
use axum::extract::State;
use houseful_apps::seats::mailing::{BookingMail, WORDS_CHARS_MAX};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What the mail is to say.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "language": "en", "bookingMail": { "words": "See you **soon**." } }))]
pub struct PreviewMail {
    /// The language of whoever would get it.
    #[serde(default)]
    language: Language,
    /// As in the event.
    booking_mail: BookingMail,
}

/// The mail at booking as a person would get it with these words.
#[utoipa::path(post, operation_id = "previewBookingMail", path = "/events/{id}/booking-mail/preview", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])),
    request_body = PreviewMail, responses(
    (status = 200, body = Preview),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
    (status = 422, body = Problem, description = "event_invalid, with fields"),
))]
pub async fn preview(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Body(ask): Body<PreviewMail>,
) -> Result<Json<Preview>, Problem> {
    let row = staffed(&api, id, &who).await?.row;
    if ask.booking_mail.words.chars().count() > WORDS_CHARS_MAX {
        let text = "Use 0 to 4,000 characters.";
        return Err(Problem::new(Code::EventInvalid).field("bookingMail.words", text));
    }
    let (url, domain) = (api.config.public_url.clone().unwrap_or_default(), api.config.domain());
    let now = api.clock.wall().0;
    let mail = written(&row, ask.booking_mail, ask.language, (&url, &domain), now);
    Ok(Json(mail.map_err(|error| Problem::internal(&error))?))
}
