//! Who is who: passwords, logins, tokens, limits on guessing. It knows no HTTP, and a secret that
//! comes in here never goes out again, nor into a log.

mod changes;
mod dialects;
mod gates;
mod guests;
mod hasher;
mod keys;
mod named;
mod policy;
mod refresh;
mod revocations;
mod scope;
mod secret;
mod tokens;

pub use guests::{guest_address, guest_name};
pub use keys::{Audience, Identity, TokenError};
pub use policy::{normal_email, normal_name};
pub use revocations::{RevocationFeed, Revocations};
pub use scope::{Scope, Scopes};
pub(crate) use secret::{is_equal, random};
pub use tokens::is_api_token;

use crate::clock::Clock;
use crate::config::AccountLimits;
use crate::drain::Tasks;
use crate::limits::{LOGIN_IDLE_MS, LOGIN_LIFE_MS, REFRESH_GRACE_MS, REVOCATIONS_KEPT_S};
use crate::store::StoreError;
use crate::store::{
    AccountRow, Face, Hash, LoginId, NewAccount, NewLogin, RefreshRules, Role, Rotation, Store,
};
use gates::Gates;
use hasher::Hasher;
use houseful_room::AccountId;
use houseful_room::Wall;
use keys::Keys;
use refresh::RefreshToken;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The accounts of one server.
pub struct Accounts {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    hasher: Hasher,
    keys: Keys,
    gates: Gates,
    revocations: Arc<Revocations>,
    /// The hash of the token that makes the first admin.
    setup: Mutex<Option<Hash>>,
    tasks: Tasks,
}

/// What a person gives to get an account.
#[derive(Clone)]
pub struct Applicant {
    /// As typed.
    pub email: String,
    /// As typed.
    pub name: String,
    /// As typed; never trimmed.
    pub password: String,
}

/// What somebody who has proved who they are takes away.
pub struct Issued {
    /// The account.
    pub account: AccountRow,
    /// The login.
    pub login: LoginId,
    /// The access token.
    pub access: String,
    /// When that ends.
    pub expires_at: Wall,
    /// The refresh token, if it is a new one.
    pub refresh: Option<String>,
}

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The address has an account.
    #[error("the address has an account")]
    EmailTaken,
    /// The name has, where names are to be told apart.
    #[error("the name has an account")]
    NameTaken,
    /// No such account, another password, or a disabled account: nobody learns which.
    #[error("wrong address or password")]
    WrongCredentials,
    /// Fewer than eight characters.
    #[error("the password is too short")]
    PasswordTooShort,
    /// One that guessers try first.
    #[error("the password is a common one")]
    PasswordCommon,
    /// A field cannot be used; the text is for the person.
    #[error("{0}: {1}")]
    Field(&'static str, &'static str),
    /// Too many tries; one is possible again after this time.
    #[error("too many tries")]
    RateLimited(Duration),
    /// Too many people sign in at this moment.
    #[error("too busy to check passwords")]
    Busy(Duration),
    /// No such setup token, or there is an admin already.
    #[error("the setup token cannot be used")]
    SetupTokenInvalid,
    /// The refresh token is missing, unknown, used or of a login that has ended.
    #[error("sign in again")]
    SignInRequired,
    /// There is no such account.
    #[error("no such account")]
    NoSuchAccount,
    /// Nobody would be admin.
    #[error("nobody would be admin")]
    LastAdmin,
    /// So many tokens are enough.
    #[error("so many tokens are enough")]
    TooManyTokens,
    /// The database could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect; the text is for the log.
    #[error("{0}")]
    Internal(String),
}

impl Accounts {
    /// Reads keys and recent revocations, making the first key if there is none. Blocks.
    pub fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        limits: &AccountLimits,
        tasks: Tasks,
    ) -> Result<Accounts, AccountError> {
        let now = clock.wall();
        let kept_ms = i64::try_from(REVOCATIONS_KEPT_S * 1_000).unwrap_or(i64::MAX);
        let revocations = Arc::new(Revocations::default());
        revocations.publish(&store.revoked_since(now.ms() - kept_ms)?, clock.mono());
        Ok(Accounts {
            keys: Keys::open(store.as_ref(), now)?,
            hasher: Hasher::new(tasks.clone())?,
            gates: Gates::new(limits, &clock),
            revocations,
            setup: Mutex::new(None),
            store,
            clock,
            tasks,
        })
    }

    /// A new one-time token for making the first admin; none if there is an admin. The token before
    /// it is dead. Blocks.
    pub fn setup_token(&self) -> Result<Option<String>, AccountError> {
        if self.store.has_admin()? {
            return Ok(None);
        }
        let token = RefreshToken::random();
        *self.setup.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.hash());
        Ok(Some(token.to_text()))
    }

    /// Makes an account and signs it in.
    pub async fn sign_up(&self, from: IpAddr, who: Applicant) -> Result<Issued, AccountError> {
        let new = self.prepare(from, who, Role::Attendee).await?;
        let account = self.stored(move |store| store.create_account(new)).await;
        self.sign_in_as(account.map_err(taken)?).await
    }

    /// Makes an account without signing it in: for the server itself, never for a request.
    pub async fn enrol(&self, who: Applicant, role: Role) -> Result<AccountRow, AccountError> {
        let new = self.hashed(checked(who)?, role).await?;
        self.stored(move |store| store.create_account(new)).await.map_err(taken)
    }

    /// Makes many accounts with one password, which is hashed once and may be any: for a demo's people alone.
    pub async fn enrol_crowd(
        &self,
        people: Vec<(String, String, Role)>,
        password: &str,
    ) -> Result<Vec<AccountRow>, AccountError> {
        let hash = self.hasher.hash(password.to_owned()).await?;
        let at = self.clock.wall().ms();
        let new = people.into_iter().map(|(email, name, role)| {
            let (email, name) = named(&email, &name)?;
            Ok(NewAccount { email, name, role, password: hash.clone(), at })
        });
        let new: Vec<NewAccount> = new.collect::<Result<_, AccountError>>()?;
        let create = move |store: &dyn Store| {
            new.into_iter().map(|account| store.create_account(account)).collect()
        };
        self.stored(create).await.map_err(taken)
    }

    /// Makes the first admin, once, with the token that the operator was shown.
    pub async fn set_up(
        &self,
        from: IpAddr,
        token: &str,
        who: Applicant,
    ) -> Result<Issued, AccountError> {
        self.gates.sign_in_from(from)?;
        let given = RefreshToken::parse(token).ok_or(AccountError::SetupTokenInvalid)?;
        let expected = *self.setup.lock().unwrap_or_else(PoisonError::into_inner);
        if !expected.is_some_and(|expected| secret::is_equal(&expected, &given.hash())) {
            return Err(AccountError::SetupTokenInvalid);
        }
        let new = self.prepare(from, who, Role::Admin).await?;
        let account = self.stored(move |store| store.create_first_admin(new)).await;
        let admin_exists = self.stored(|store| store.has_admin()).await?;
        let account = account.map_err(|error| match error {
            AccountError::Store(StoreError::Conflict(_)) if admin_exists => {
                AccountError::SetupTokenInvalid
            }
            error => taken(error),
        })?;
        *self.setup.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.sign_in_as(account).await
    }

    /// Signs in. An unknown address costs as much time and says as much as a wrong password.
    pub async fn sign_in(
        &self,
        from: IpAddr,
        email: &str,
        password: String,
    ) -> Result<Issued, AccountError> {
        let email = normal_email(email).unwrap_or_default();
        self.gates.sign_in(from, &email)?;
        let address = email.clone();
        let found = self.stored(move |store| store.account_by_email(&address)).await?;
        let hash = found.as_ref().map(|account| account.password.clone());
        let is_right = self.hasher.verify(password, hash).await?;
        self.gates.signed_in(from, &email, is_right);
        match found {
            Some(account) if is_right && !account.is_disabled => self.sign_in_as(account).await,
            found => {
                let account = found.map_or(0, |account| account.id.0);
                tracing::info!(account, "a sign-in failed");
                Err(AccountError::WrongCredentials)
            }
        }
    }

    /// Exchanges a refresh token. Within the grace the same token gets the same successor again;
    /// after that, using it twice ends the login.
    pub async fn refresh(&self, from: IpAddr, token: &str) -> Result<Issued, AccountError> {
        self.gates.refresh(from)?;
        let token = RefreshToken::parse(token).ok_or(AccountError::SignInRequired)?;
        let hash = token.hash();
        let login = self.stored(move |store| store.login_of_token(&hash)).await?;
        let login = login.ok_or(AccountError::SignInRequired)?;
        let (successor, now) = (token.successor(&login.seed), self.clock.wall().ms());
        let successor_hash = successor.hash();
        let rules = RefreshRules { idle_ms: LOGIN_IDLE_MS, grace_ms: REFRESH_GRACE_MS };
        let rotated =
            self.stored(move |store| store.rotate(hash, successor_hash, now, rules)).await?;
        match rotated {
            Rotation::Rotated => {}
            Rotation::Ended => return Err(AccountError::SignInRequired),
            Rotation::Reused => {
                tracing::warn!(account = %login.account, "a refresh token was used twice");
                self.publish(&[login.id]);
                return Err(AccountError::SignInRequired);
            }
        }
        let account = self.account(login.account).await?;
        self.issue(account, login.id, Some(successor))
    }

    /// Ends the login that the refresh token belongs to, if there is one.
    pub async fn sign_out(&self, from: IpAddr, token: &str) -> Result<(), AccountError> {
        self.gates.refresh(from)?;
        let Some(token) = RefreshToken::parse(token) else { return Ok(()) };
        let (hash, now) = (token.hash(), self.clock.wall().ms());
        let login = self.stored(move |store| store.login_of_token(&hash)).await?;
        let Some(login) = login.map(|login| login.id) else { return Ok(()) };
        if self.stored(move |store| store.revoke_login(login, now)).await? {
            tracing::info!(login = login.0, "signed out");
            self.publish(&[login]);
        }
        Ok(())
    }

    /// Changes the password and ends all other logins of the account.
    pub async fn change_password(
        &self,
        from: IpAddr,
        who: &Identity,
        current: String,
        new: String,
    ) -> Result<Issued, AccountError> {
        let account = self.account(who.account).await?;
        policy::check_password(&new, &account.email, &account.name)?;
        self.prove(from, who, current).await?;
        let hash = self.hasher.hash(new).await?;
        let (id, keep, now) = (who.account, who.login, self.clock.wall().ms());
        let ended = self.stored(move |store| store.set_password(id, &hash, keep, now)).await?;
        tracing::info!(account = %id, "password changed");
        self.publish(&ended);
        self.issue(account, keep, None)
    }

    /// Proves by the password that whoever asks is who has signed in. A wrong one counts as a try.
    pub async fn prove(
        &self,
        from: IpAddr,
        who: &Identity,
        password: String,
    ) -> Result<(), AccountError> {
        let account = self.account(who.account).await?;
        self.gates.sign_in(from, &account.email)?;
        let is_right = self.hasher.verify(password, Some(account.password)).await?;
        self.gates.signed_in(from, &account.email, is_right);
        if is_right { Ok(()) } else { Err(AccountError::WrongCredentials) }
    }

    /// Whether somebody has this e-mail address. Blocks.
    pub fn is_known(&self, email: &str) -> Result<bool, AccountError> {
        Ok(self.store.account_by_email(email)?.is_some())
    }

    /// What everyone who shares a room with them may know of these accounts, as JSON: `{"people": [[id, {name,
    /// avatar?}], …]}`.
    pub async fn people(&self, ids: Vec<AccountId>) -> Result<String, AccountError> {
        let faces = self.stored(move |store| store.faces(&ids)).await?;
        let seen = |Face { id, name, avatar }| {
            let mut face = serde_json::json!({ "name": name });
            if let Some(avatar) = avatar {
                face["avatar"] = avatar.into();
            }
            (id, face)
        };
        let people: Vec<_> = faces.into_iter().map(seen).collect();
        Ok(serde_json::json!({ "people": people }).to_string())
    }

    /// The accounts of these addresses, of those that have one and are not disabled.
    pub async fn by_addresses(&self, emails: Vec<String>) -> Result<Vec<AccountId>, AccountError> {
        self.stored(move |store| {
            let mut known = Vec::new();
            for email in &emails {
                let account = store.account_by_email(email)?.filter(|account| !account.is_disabled);
                known.extend(account.map(|account| account.id));
            }
            Ok(known)
        })
        .await
    }

    /// The account as it is now.
    pub async fn account(&self, id: AccountId) -> Result<AccountRow, AccountError> {
        let found = self.stored(move |store| store.account(id)).await?;
        found.ok_or(AccountError::NoSuchAccount)
    }

    /// Accounts whose name or address contains the text, for an admin.
    pub async fn search(
        &self,
        text: String,
        limit: usize,
    ) -> Result<Vec<AccountRow>, AccountError> {
        self.stored(move |store| store.search_accounts(&text, limit)).await
    }

    /// Who an access token says it is. Reads memory alone: fit for any thread.
    pub fn verify(&self, token: &str) -> Result<Identity, TokenError> {
        self.verify_for(Audience::Native, token)
    }

    /// The same for the tokens of another audience.
    pub fn verify_for(&self, audience: Audience, token: &str) -> Result<Identity, TokenError> {
        let identity = self.keys.verify(token, audience, self.clock.wall())?;
        if self.revocations.is_revoked(identity.login) {
            return Err(TokenError::Revoked);
        }
        Ok(identity)
    }

    /// Signs an access token for a login that was proved some other way.
    pub fn mint(&self, account: &AccountRow, login: LoginId, audience: Audience) -> MintResult {
        self.keys.mint(account, login, audience, self.clock.wall())
    }

    /// Starts signing with a new key. Tokens of the one before it stay good until they end. Blocks.
    pub fn rotate_signing_key(&self) -> Result<(), AccountError> {
        self.keys.rotate(self.store.as_ref(), self.clock.wall())
    }

    /// The logins that end from now on.
    pub fn revocations(&self) -> RevocationFeed {
        self.revocations.subscribe()
    }

    /// Forgets what has ended. To be called now and then.
    pub async fn tidy(&self) -> Result<(), AccountError> {
        self.gates.forget_idle();
        let before = self.clock.wall().ms() - LOGIN_LIFE_MS;
        self.stored(move |store| store.purge_logins(before)).await?;
        self.tidy_tokens().await
    }

    /// Checks what was typed before it costs anything, then the limits, then hashes.
    async fn prepare(
        &self,
        from: IpAddr,
        who: Applicant,
        role: Role,
    ) -> Result<NewAccount, AccountError> {
        let who = checked(who)?;
        self.gates.sign_up(from)?;
        self.hashed(who, role).await
    }

    async fn hashed(&self, who: Applicant, role: Role) -> Result<NewAccount, AccountError> {
        let password = self.hasher.hash(who.password).await?;
        let at = self.clock.wall().ms();
        Ok(NewAccount { email: who.email, name: who.name, role, password, at })
    }

    async fn sign_in_as(&self, account: AccountRow) -> Result<Issued, AccountError> {
        let (token, at) = (RefreshToken::random(), self.clock.wall().ms());
        let login = NewLogin {
            password: account.password.clone(),
            account: account.id,
            seed: secret::random(),
            token: token.hash(),
            at,
            expires_at: at + LOGIN_LIFE_MS,
        };
        let login = self.stored(move |store| store.create_login(login)).await;
        let login = login.map_err(|error| match error {
            AccountError::Store(StoreError::NotFound) => AccountError::WrongCredentials,
            error => error,
        })?;
        // The role may have changed while the password was checked.
        let account = self.account(account.id).await?;
        tracing::info!(account = %account.id, "signed in");
        self.issue(account, login, Some(token))
    }

    fn issue(
        &self,
        account: AccountRow,
        login: LoginId,
        refresh: Option<RefreshToken>,
    ) -> Result<Issued, AccountError> {
        let (access, expires_at) = self.mint(&account, login, Audience::Native)?;
        let refresh = refresh.map(|token| token.to_text());
        Ok(Issued { account, login, access, expires_at, refresh })
    }

    fn publish(&self, ended: &[LoginId]) {
        self.revocations.publish(ended, self.clock.mono());
    }

    /// Runs a call of the store on the blocking pool.
    async fn stored<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AccountError> {
        let store = Arc::clone(&self.store);
        let done = self.tasks.blocking(move || call(store.as_ref())).await;
        Ok(done.map_err(|error| AccountError::Internal(error.to_string()))??)
    }
}

/// An access token, and when it ends.
pub type MintResult = Result<(String, Wall), AccountError>;

/// What was typed, normalised, if it can be used.
fn checked(who: Applicant) -> Result<Applicant, AccountError> {
    let (email, name) = named(&who.email, &who.name)?;
    policy::check_password(&who.password, &email, &name)?;
    Ok(Applicant { email, name, password: who.password })
}

/// An address and a name, normalised, if they can be used.
fn named(email: &str, name: &str) -> Result<(String, String), AccountError> {
    let email = normal_email(email)
        .ok_or(AccountError::Field("email", "This is not an e-mail address."))?;
    let wrong = "A name has 1 to 80 characters, and does not end in “(guest)”.";
    let name = policy::person_name(name).ok_or(AccountError::Field("name", wrong))?;
    Ok((email, name))
}

fn taken(error: AccountError) -> AccountError {
    match error {
        AccountError::Store(StoreError::Conflict(_)) => AccountError::EmailTaken,
        error => error,
    }
}
