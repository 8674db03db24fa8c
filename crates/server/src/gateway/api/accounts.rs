//! Accounts: one's own, and all of them for an admin. Of a row it shows the fields named here, and
//! of another person's address only to an admin.

use super::{Admin, Api, Signed};
use crate::clock::rfc3339;
use crate::gateway::extract::{Body, Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::{PAGE_ROWS_MAX, SEARCH_CHARS_MAX};
use crate::store::{AccountRow, Role};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use houseful_room::{AccountId, Wall};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// An account as its owner sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Account {
    /// Its number.
    pub id: u64,
    /// What others see.
    pub name: String,
    /// The address.
    pub email: String,
    /// What it may do.
    pub role: Role,
}

/// An account as an admin sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountForAdmin {
    /// As its owner sees it.
    #[serde(flatten)]
    pub account: Account,
    /// Whether it may not sign in.
    pub disabled: bool,
    /// Whether it was erased: for ever.
    pub erased: bool,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// Accounts by number.
#[derive(Serialize, ToSchema)]
pub struct AccountList {
    /// At most a page; a narrower text finds the others.
    pub items: Vec<AccountForAdmin>,
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// A part of the name or address.
    #[serde(default)]
    q: String,
}

/// What to change.
#[derive(Deserialize, ToSchema)]
pub struct AccountChange {
    /// What it may do from now on. A lower role ends its logins.
    role: Option<Role>,
    /// Whether it may not sign in. That ends its logins.
    disabled: Option<bool>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Account { id: row.id.0, name: row.name, email: row.email, role: row.role }
    }
}

impl From<AccountRow> for AccountForAdmin {
    fn from(row: AccountRow) -> Self {
        let (disabled, erased) = (row.is_disabled, row.erased_at.is_some());
        let created_at = rfc3339(Wall(row.created_at));
        AccountForAdmin { account: row.into(), disabled, erased, created_at }
    }
}

/// Who is signed in.
#[utoipa::path(get, operation_id = "getMe", path = "/me", tag = "accounts",
    security(("bearer" = []), ("token" = ["profile:read"])), responses(
    (status = 200, body = Account),
    (status = 401, body = Problem, description = "sign_in_required, token_expired"),
))]
pub async fn me(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
) -> Result<Json<Account>, Problem> {
    Ok(Json(api.accounts.account(who.account).await?.into()))
}

/// Finds accounts, for an admin.
#[utoipa::path(get, operation_id = "listAccounts", path = "/accounts", tag = "accounts", security(("bearer" = [])),
    params(Search),
    responses(
        (status = 200, body = AccountList),
        (status = 401, body = Problem, description = "sign_in_required, token_expired"),
        (status = 403, body = Problem, description = "not_allowed"),
    ))]
pub async fn list(
    State(api): State<Arc<Api>>,
    _: Admin,
    Query(search): Query<Search>,
) -> Result<Json<AccountList>, Problem> {
    if search.q.chars().count() > SEARCH_CHARS_MAX {
        return Err(Problem::new(Code::InvalidQuery).detail("q is too long"));
    }
    let found = api.accounts.search(search.q, PAGE_ROWS_MAX).await?;
    Ok(Json(AccountList { items: found.into_iter().map(AccountForAdmin::from).collect() }))
}

/// Changes what an account may do, for an admin.
#[utoipa::path(patch, operation_id = "changeAccount", path = "/accounts/{id}", tag = "accounts",
    security(("bearer" = [])),
    params(("id" = u64, Path)),
    request_body = AccountChange,
    responses(
        (status = 200, body = AccountForAdmin),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "no_such_account"),
        (status = 409, body = Problem, description = "last_admin"),
    ))]
pub async fn change(
    State(api): State<Arc<Api>>,
    Admin(admin): Admin,
    Path(id): Path<u64>,
    Body(change): Body<AccountChange>,
) -> Result<Json<AccountForAdmin>, Problem> {
    let id = AccountId(id);
    if let Some(role) = change.role {
        api.accounts.set_role(id, role).await?;
        tracing::info!(admin = %admin.account, account = %id, role = role.as_str(), "role changed");
    }
    if let Some(disabled) = change.disabled {
        api.accounts.set_disabled(id, disabled).await?;
        tracing::info!(admin = %admin.account, account = %id, disabled, "account changed");
    }
    Ok(Json(api.accounts.account(id).await?.into()))
}

/// Signs an account out everywhere, for an admin.
#[utoipa::path(post, operation_id = "signOutAccount", path = "/accounts/{id}/sign-out", tag = "accounts",
    security(("bearer" = [])),
    params(("id" = u64, Path)),
    responses(
        (status = 204, description = "Every login has ended, and its connections are closed."),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "no_such_account"),
    ))]
pub async fn sign_out(
    State(api): State<Arc<Api>>,
    Admin(admin): Admin,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    let id = api.accounts.account(AccountId(id)).await?.id;
    api.accounts.sign_out_everywhere(id).await?;
    tracing::info!(admin = %admin.account, account = %id, "signed out everywhere");
    Ok(StatusCode::NO_CONTENT)
}
