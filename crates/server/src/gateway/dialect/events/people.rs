//! People: signing up and in, and accounts for those whose they are and for admins.

use super::Rest;
use super::answer::{Answer, Data, Failure, NO_USER, UNAUTHORIZED};
use super::caller::Caller;
use super::forms::{Fields, broken};
use super::view::{UserView, users};
use crate::accounts::{AccountError, Applicant};
use crate::gateway::extract::Peer;
use crate::limits::EVENTS_DIALECT_ROWS_MAX;
use crate::privacy::NotErased;
use crate::store::{AccountRow, LoginId, Role};
use axum::extract::{Path, State};
use houseful_room::AccountId;
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;

/// The form of those who sign up themselves, and of all others.
const SIGN_UP: &str = "SignUpDto";
const CREATE: &str = "CreateUserDto";

/// What signing in gives.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    auth_token: String,
}

pub(super) async fn sign_up(
    State(rest): State<Arc<Rest>>,
    Peer(from): Peer,
    fields: Fields,
) -> Answer<UserView> {
    let who = fields.applicant(SIGN_UP)?;
    let made = rest.api.accounts.sign_up_named(from, who).await;
    let row = made.map_err(|error| refused(SIGN_UP, error))?;
    Ok(Data(vec![UserView::fresh(row)]))
}

pub(super) async fn sign_in(
    State(rest): State<Arc<Rest>>,
    Peer(from): Peer,
    fields: Fields,
) -> Answer<Token> {
    let login = fields.login()?;
    let signed_in = rest.api.accounts.sign_in_dialect(from, &login.email, login.password).await;
    let (_, token) = signed_in?;
    Ok(Data(vec![Token { auth_token: format!("Bearer {token}") }]))
}

pub(super) async fn list(State(rest): State<Arc<Rest>>, caller: Caller) -> Answer<UserView> {
    let store = rest.api.store.clone();
    let rows =
        rest.api.blocking(move || store.accounts_by_number(AccountId(0), EVENTS_DIALECT_ROWS_MAX));
    let rows = rows.await?;
    Ok(Data(users(&rest, &caller, rows).await?))
}

pub(super) async fn one(
    State(rest): State<Arc<Rest>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<UserView> {
    let row = find(&rest, &id).await?;
    Ok(Data(users(&rest, &caller, vec![row]).await?))
}

/// An account for somebody else. Whoever signs up pays for it with a place in the limit on sign-ups; admins do not.
pub(super) async fn create(
    State(rest): State<Arc<Rest>>,
    Peer(from): Peer,
    caller: Caller,
    fields: Fields,
) -> Answer<UserView> {
    let who = fields.applicant(CREATE)?;
    let row = enrol(&rest, &caller, from, who).await.map_err(|error| refused(CREATE, error))?;
    Ok(Data(vec![UserView::fresh(row)]))
}

async fn enrol(
    rest: &Rest,
    caller: &Caller,
    from: IpAddr,
    who: Applicant,
) -> Result<AccountRow, AccountError> {
    match caller.row.role {
        Role::Admin => rest.api.accounts.enrol_named(who).await,
        _ => rest.api.accounts.sign_up_named(from, who).await,
    }
}

pub(super) async fn change(
    State(rest): State<Arc<Rest>>,
    caller: Caller,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer<UserView> {
    let row = find(&rest, &id).await?;
    if !caller.is_or_rules(row.id) {
        return Err(UNAUTHORIZED);
    }
    let to = fields.applicant(CREATE)?;
    // Whoever changes their own stays signed in here, and nowhere else.
    let keep = if row.id == caller.row.id { caller.who.login } else { LoginId::NONE };
    let changed = rest.api.accounts.rewrite(row.id, to, keep).await;
    let row = changed.map_err(|error| refused(CREATE, error))?;
    Ok(Data(users(&rest, &caller, vec![row]).await?))
}

pub(super) async fn delete(
    State(rest): State<Arc<Rest>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<()> {
    let row = find(&rest, &id).await?;
    if !caller.is_or_rules(row.id) {
        return Err(UNAUTHORIZED);
    }
    match rest.api.privacy.erase(row.id, caller.row.id).await {
        Ok(()) => Ok(Data(Vec::new())),
        Err(NotErased::Promised(_)) => {
            Err(Failure::new(409, "Others have booked events of this user."))
        }
        Err(NotErased::Account(error)) => Err(error.into()),
    }
}

/// Somebody with an address who is not erased: guests have no account here.
async fn find(rest: &Rest, id: &str) -> Result<AccountRow, Failure> {
    let id = id.parse().map_err(|_| NO_USER)?;
    let row = rest.api.accounts.account(AccountId(id)).await?;
    Some(row).filter(|row| row.erased_at.is_none() && !row.is_guest()).ok_or(NO_USER)
}

/// What the server's one policy refuses, in the words of the form.
fn refused(form: &str, error: AccountError) -> Failure {
    match error {
        AccountError::PasswordTooShort => broken(form, "password", "minLength"),
        AccountError::PasswordCommon => broken(form, "password", "isStrongPassword"),
        AccountError::Field("password", _) => broken(form, "password", "maxLength"),
        AccountError::Field("email", _) => broken(form, "email", "isEmail"),
        AccountError::Field(_, _) => broken(form, "username", "isString"),
        error => error.into(),
    }
}
