//! Argon2id in a bounded pool: a hash takes 19 MiB and tens of milliseconds, so no more run at once
//! than there are cores, and no more wait than a bound. It never runs on an async worker.

use super::{AccountError, secret};
use crate::drain::Tasks;
use crate::limits::{
    ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_PASSES, HASH_QUEUE_MAX, HASH_QUEUE_RETRY_MS,
};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::sync::Semaphore;

pub(super) struct Hasher {
    argon2: Argon2<'static>,
    /// One permit a core.
    cores: Arc<Semaphore>,
    /// One permit for each that runs or waits.
    places: Arc<Semaphore>,
    /// What an unknown person's password is compared with, so that it takes as long.
    dummy: String,
    tasks: Tasks,
}

impl Hasher {
    pub(super) fn new(tasks: Tasks) -> Result<Hasher, AccountError> {
        let params = Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES, None);
        let params = params.map_err(|error| AccountError::Internal(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cores = available_parallelism().map_or(1, |cores| cores.get());
        Ok(Hasher {
            dummy: hash(&argon2, &secret::random())?,
            argon2,
            cores: Arc::new(Semaphore::new(cores)),
            places: Arc::new(Semaphore::new(cores + HASH_QUEUE_MAX)),
            tasks,
        })
    }

    /// The password's hash, as PHC text.
    pub(super) async fn hash(&self, password: String) -> Result<String, AccountError> {
        let argon2 = self.argon2.clone();
        self.run(move || hash(&argon2, password.as_bytes())).await?
    }

    /// Whether the password is the one; without a hash it takes the same time to say no.
    pub(super) async fn verify(
        &self,
        password: String,
        against: Option<String>,
    ) -> Result<bool, AccountError> {
        let argon2 = self.argon2.clone();
        let (against, exists) = match against {
            Some(hash) => (hash, true),
            None => (self.dummy.clone(), false),
        };
        self.run(move || {
            let parsed = PasswordHash::new(&against);
            let parsed = parsed.map_err(|error| AccountError::Internal(error.to_string()))?;
            Ok(argon2.verify_password(password.as_bytes(), &parsed).is_ok() && exists)
        })
        .await?
    }

    /// The permits go with the work: whoever stops waiting for it does not stop it.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccountError> {
        let busy = || AccountError::Busy(Duration::from_millis(HASH_QUEUE_RETRY_MS));
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy())?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| busy())?;
        metrics::counter!("houseful_password_hashes").increment(1);
        let done = self.tasks.blocking(move || {
            let _permits = (place, core);
            work()
        });
        done.await.map_err(|error| AccountError::Internal(error.to_string()))
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<String, AccountError> {
    let hashed = argon2.hash_password_with_salt(password, &secret::random()[..16]);
    Ok(hashed.map_err(|error| AccountError::Internal(error.to_string()))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Handle;

    fn hasher() -> Hasher {
        Hasher::new(Tasks::new(Handle::current())).unwrap()
    }

    #[tokio::test]
    async fn long_and_multibyte_passwords_are_never_cut() {
        let hasher = hasher();
        let long = "пароль🔐".repeat(18);
        let hash = hasher.hash(long.clone()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify(long.clone(), Some(hash.clone())).await.unwrap());
        let cut: String = long.chars().take(125).collect();
        assert!(!hasher.verify(cut, Some(hash)).await.unwrap());
        assert!(!hasher.verify(long, None).await.unwrap());
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let hasher = Arc::new(hasher());
        let all = u32::try_from(hasher.places.available_permits()).unwrap();
        let taken = hasher.places.try_acquire_many(all - 1).unwrap();
        assert!(hasher.verify("x".to_owned(), None).await.is_ok());
        let last = hasher.places.try_acquire().unwrap();
        let refused = hasher.verify("x".to_owned(), None).await;
        assert!(matches!(refused, Err(AccountError::Busy(_))));
        drop((taken, last));
        assert!(hasher.verify("x".to_owned(), None).await.is_ok());
    }
}
