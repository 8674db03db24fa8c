//! The outbox as an admin sees it, and the links in mails that end mails of a kind. A link asks nobody to sign in;
//! what it can do it says on its page, and does only when the button there is pressed.

use super::{Admin, Api};
use crate::accounts::random;
use crate::clock::rfc3339;
use crate::gateway::extract::{Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::PAGE_ROWS_MAX;
use crate::notify::{Kind, Settings, link, page_words};
use crate::store::{MailRow, StoreError};
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use houseful_room::{AccountId, Wall};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What has become of a mail.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailState {
    /// It is to be tried, for the first time or again.
    Waiting,
    /// The mail server has it.
    Sent,
    /// It was given up.
    Failed,
    /// It was no longer true, or no longer wanted.
    Dropped,
}

/// A mail, without what it says.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 3, "messageId": "0199b6a0-0000-7000-8000-000000000001@tickets.example.org",
    "account": 7, "kind": "reminder", "state": "waiting", "tries": 2,
    "createdAt": "2026-12-05T17:30:00Z", "dueAt": "2026-12-05T17:36:00Z", "doneAt": null,
    "error": "Connection error: Connection refused"
}))]
pub struct MailItem {
    /// Its number; later ones have higher numbers.
    id: u64,
    /// Its Message-ID: the same, however often it is tried.
    message_id: String,
    /// Whom it is for.
    account: u64,
    /// What it is about.
    #[schema(value_type = Kind)]
    kind: String,
    /// What has become of it.
    #[schema(value_type = MailState)]
    state: String,
    /// How often it was tried.
    tries: u32,
    /// When it was written.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it is tried next, while it waits.
    #[schema(format = DateTime, required)]
    due_at: Option<String>,
    /// When it was sent, given up or dropped.
    #[schema(format = DateTime, required)]
    done_at: Option<String>,
    /// What went wrong last.
    #[schema(required)]
    error: Option<String>,
}

/// A page of mails.
#[derive(Serialize, ToSchema)]
pub struct MailPage {
    /// Whether a mail server is set; without one nothing is written or sent.
    configured: bool,
    /// Newest first.
    items: Vec<MailItem>,
    /// The next page's `cursor`; `null` after the last.
    #[schema(required)]
    next: Option<String>,
}

/// Which mails.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MailQuery {
    /// Of this state.
    state: Option<MailState>,
    /// At most so many, up to 100.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Page {
    language: &'static str,
    title: &'static str,
    text: &'static str,
    button: Option<&'static str>,
}

/// The outbox, for an admin.
#[utoipa::path(get, operation_id = "listMails", path = "/admin/mails", tag = "admin", security(("bearer" = [])),
    params(MailQuery), responses(
    (status = 200, body = MailPage),
    (status = 403, body = Problem, description = "not_allowed"),
))]
pub async fn list(
    State(api): State<Arc<Api>>,
    _: Admin,
    Query(query): Query<MailQuery>,
) -> Result<Json<MailPage>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
    let unknown = |_| Problem::new(Code::InvalidQuery).field("cursor", "unknown");
    let before = query.cursor.as_deref().map(|text| text.parse().map_err(unknown)).transpose()?;
    let state = query.state.map(MailState::as_str);
    let store = api.store.clone();
    let rows = api.blocking(move || store.mails(state, before, limit)).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| row.id.to_string());
    let configured = api.config.mail.is_some();
    Ok(Json(MailPage { configured, items: rows.into_iter().map(MailItem::from).collect(), next }))
}

/// The page behind the link in a mail: it says what its button does.
#[utoipa::path(get, operation_id = "askUnsubscribe", path = "/unsubscribe/{token}", tag = "notifications",
    params(("token" = String, Path)), responses(
    (status = 200, body = String, content_type = "text/html"),
    (status = 404, body = Problem, description = "not_found: the link was not made here"),
))]
pub async fn ask_unsubscribe(
    State(api): State<Arc<Api>>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let (_, _, settings) = addressee(&api, &token).await?;
    let (language, [asks, button, _]) = page_words(&settings);
    Ok(page(language, asks, Some(button)))
}

/// Ends mails of a kind, as mail programs do with one click (RFC 8058). Nobody need be signed in.
#[utoipa::path(post, operation_id = "unsubscribe", path = "/unsubscribe/{token}", tag = "notifications",
    params(("token" = String, Path)), responses(
    (status = 200, body = String, content_type = "text/html"),
    (status = 404, body = Problem, description = "not_found: the link was not made here"),
))]
pub async fn unsubscribe(
    State(api): State<Arc<Api>>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let (account, kind, mut settings) = addressee(&api, &token).await?;
    let mut channels = settings.channels(kind);
    channels.mail = false;
    settings.kinds.insert(kind, channels);
    let text = serde_json::to_string(&settings).map_err(|error| Problem::internal(&error))?;
    let store = api.store.clone();
    api.blocking(move || store.set_notification_settings(account, &text)).await?;
    let (language, [_, _, done]) = page_words(&settings);
    Ok(page(language, done, None))
}

/// Whose link it is, for which kind, and what they have set.
async fn addressee(api: &Api, token: &str) -> Result<(AccountId, Kind, Settings), Problem> {
    let (store, token) = (api.store.clone(), token.to_owned());
    let found = api.blocking(move || {
        let secret = store.secret(link::SECRET, random())?;
        let Some((account, kind)) = link::read(&secret, &token) else { return Ok(None) };
        let stored = store.notification_settings(account)?;
        Ok::<_, StoreError>(Some((account, kind, Settings::read(stored.as_deref()))))
    });
    found.await?.ok_or_else(|| Code::NotFound.into())
}

fn page(language: &'static str, text: &'static str, button: Option<&'static str>) -> Response {
    let page = Page { language, title: "Houseful", text, button };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

impl MailState {
    fn as_str(self) -> &'static str {
        match self {
            MailState::Waiting => "waiting",
            MailState::Sent => "sent",
            MailState::Failed => "failed",
            MailState::Dropped => "dropped",
        }
    }
}

impl From<MailRow> for MailItem {
    fn from(row: MailRow) -> Self {
        let due_at = (row.state == "waiting").then(|| rfc3339(Wall(row.due_at)));
        MailItem {
            id: row.id,
            message_id: row.message_id,
            account: row.account.0,
            kind: row.kind,
            state: row.state,
            tries: row.tries,
            created_at: rfc3339(Wall(row.created_at)),
            due_at,
            done_at: row.done_at.map(|at| rfc3339(Wall(at))),
            error: row.error,
        }
    }
}
