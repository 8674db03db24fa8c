//! How many connections there are at once: in all, from one address, of one person (R49). It counts and says
//! no; who is told, and how, is decided by the gateway.

use crate::config::ConnectionLimits;
use crate::limits;
use crate::rates::network;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All places, and who has them.
pub struct Places {
    limits: ConnectionLimits,
    /// Files that live connections may take.
    live_files_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    http: usize,
    http_from: HashMap<IpAddr, u32>,
    live_files: usize,
    live_from: HashMap<IpAddr, u32>,
    visitors_from: HashMap<IpAddr, u32>,
    live_of: HashMap<u64, u32>,
    lobby_of: HashMap<u64, u32>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// The server has as many connections as it can carry.
    #[error("no more connections can be carried")]
    Server,
    /// The address has as many as it may.
    #[error("no more connections from this address")]
    Address,
    /// The person has as many as they may.
    #[error("no more connections of this person")]
    Person,
}

/// The place of an HTTP connection; given back when dropped.
pub struct HttpPlace {
    places: Arc<Places>,
    from: Option<IpAddr>,
}

/// The place of a live connection; given back when dropped.
pub struct LivePlace {
    places: Arc<Places>,
    from: IpAddr,
    files: usize,
    account: Cell<Option<u64>>,
    /// Who is counted as being in the lobby with it.
    in_lobby: Cell<Option<u64>>,
}

impl Places {
    /// Places as the operator has set them, or as the system allows.
    pub fn new(limits: ConnectionLimits) -> Arc<Places> {
        let live_files_max = match limits.live {
            0 => usize::try_from(files_max() * limits::LIVE_FILES_PERCENT / 100)
                .unwrap_or(usize::MAX),
            set => set as usize,
        };
        Arc::new(Places { limits, live_files_max, taken: Mutex::default() })
    }

    /// A place for an HTTP connection; `from` is nothing for a proxy, who speaks for many.
    pub fn http(self: &Arc<Self>, from: Option<IpAddr>) -> Result<HttpPlace, Full> {
        let from = from.map(network);
        let mut taken = self.taken();
        if taken.http >= limits::HTTP_CONNECTIONS_MAX {
            return Err(Full::Server);
        }
        if let Some(from) = from
            && !take(&mut taken.http_from, from, self.limits.http_per_address)
        {
            return Err(Full::Address);
        }
        taken.http += 1;
        Ok(HttpPlace { places: self.clone(), from })
    }

    /// A place for a live connection that has not signed in and takes so many files.
    pub fn live(self: &Arc<Self>, from: IpAddr, files: usize) -> Result<LivePlace, Full> {
        let from = network(from);
        let mut taken = self.taken();
        if taken.live_files + files > self.live_files_max {
            return Err(Full::Server);
        }
        if !take(&mut taken.live_from, from, self.limits.live_per_address) {
            return Err(Full::Address);
        }
        if !take(&mut taken.visitors_from, from, self.limits.visitors_per_address) {
            give_back(&mut taken.live_from, from);
            return Err(Full::Address);
        }
        taken.live_files += files;
        let (account, in_lobby) = (Cell::new(None), Cell::new(None));
        Ok(LivePlace { places: self.clone(), from, files, account, in_lobby })
    }

    /// How many people have a live connection now, and how many live connections there are.
    pub fn live_now(&self) -> (usize, usize) {
        let taken = self.taken();
        (taken.live_of.len(), taken.live_from.values().map(|count| *count as usize).sum())
    }

    /// Whether somebody is in the lobby with any connection, so that they are reached there.
    pub fn is_in_lobby(&self, account: u64) -> bool {
        self.taken().lobby_of.contains_key(&account)
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LivePlace {
    /// The connection is this person's from now on, if they may have one more.
    pub fn sign_in(&self, account: u64) -> Result<(), Full> {
        if self.account.get() == Some(account) {
            return Ok(());
        }
        let mut taken = self.places.taken();
        if !take(&mut taken.live_of, account, self.places.limits.live_per_person) {
            return Err(Full::Person);
        }
        match self.account.replace(Some(account)) {
            Some(before) => give_back(&mut taken.live_of, before),
            None => give_back(&mut taken.visitors_from, self.from),
        }
        Ok(())
    }
}

impl LivePlace {
    /// The connection has entered the lobby as who it has signed in, or is no longer there.
    pub fn set_in_lobby(&self, is: bool) {
        let now = self.account.get().filter(|_| is);
        let before = self.in_lobby.replace(now);
        if now == before {
            return;
        }
        let mut taken = self.places.taken();
        if let Some(account) = now {
            *taken.lobby_of.entry(account).or_default() += 1;
        }
        if let Some(account) = before {
            give_back(&mut taken.lobby_of, account);
        }
    }
}

impl Drop for HttpPlace {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.http -= 1;
        if let Some(from) = self.from {
            give_back(&mut taken.http_from, from);
        }
    }
}

impl Drop for LivePlace {
    fn drop(&mut self) {
        self.set_in_lobby(false);
        let mut taken = self.places.taken();
        taken.live_files -= self.files;
        give_back(&mut taken.live_from, self.from);
        match self.account.get() {
            Some(account) => give_back(&mut taken.live_of, account),
            None => give_back(&mut taken.visitors_from, self.from),
        }
    }
}

fn take<K: Hash + Eq>(counts: &mut HashMap<K, u32>, key: K, max: u32) -> bool {
    let count = counts.entry(key).or_default();
    let is_free = *count < max;
    *count += u32::from(is_free);
    is_free
}

fn give_back<K: Hash + Eq>(counts: &mut HashMap<K, u32>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

/// Files that the process may open. It asks for more first, as far as it may.
fn files_max() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(limits::FILES_WANTED, |max| max.min(limits::FILES_WANTED));
    match current {
        Some(current) if current < wanted => {
            let more = Rlimit { current: Some(wanted), maximum };
            setrlimit(Resource::Nofile, more).map_or(current, |()| wanted)
        }
        Some(current) => current,
        None => wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ConnectionLimits = ConnectionLimits {
        live: 5,
        live_per_person: 1,
        live_per_address: 3,
        visitors_per_address: 2,
        http_per_address: 1,
    };

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_limit_holds_and_what_is_given_back_is_free() {
        let places = Places::new(LIMITS);
        let here = ip("192.0.2.1");
        let (one, two) = (places.live(here, 1).unwrap(), places.live(here, 1).unwrap());
        assert_eq!(places.live(here, 1).err(), Some(Full::Address), "a third visitor");
        one.sign_in(7).unwrap();
        one.sign_in(7).unwrap();
        assert_eq!(two.sign_in(7), Err(Full::Person));
        two.sign_in(8).unwrap();
        let three = places.live(here, 1).unwrap();
        three.sign_in(9).unwrap();
        assert_eq!(places.live(here, 1).err(), Some(Full::Address), "a fourth connection");
        assert_eq!(places.live(ip("192.0.2.2"), 3).err(), Some(Full::Server));
        let other = places.live(ip("192.0.2.2"), 2).unwrap();
        assert_eq!(places.live(ip("192.0.2.3"), 1).err(), Some(Full::Server));
        drop((one, two, three, other));
        let again = places.live(here, 5).unwrap();
        again.sign_in(7).unwrap();
        drop(again);
        let taken = places.taken();
        assert_eq!((taken.live_files, taken.http), (0, 0));
        assert!(taken.lobby_of.is_empty());
        assert!(
            taken.live_from.is_empty()
                && taken.visitors_from.is_empty()
                && taken.live_of.is_empty()
        );
    }

    #[test]
    fn somebody_is_in_the_lobby_as_long_as_one_connection_is() {
        let places = Places::new(ConnectionLimits { live_per_person: 2, ..LIMITS });
        let here = ip("192.0.2.1");
        let (one, two) = (places.live(here, 1).unwrap(), places.live(here, 1).unwrap());
        one.set_in_lobby(true);
        assert!(!places.is_in_lobby(7), "a visitor is nobody");
        for place in [&one, &two] {
            place.sign_in(7).unwrap();
            place.set_in_lobby(true);
            place.set_in_lobby(true);
        }
        one.set_in_lobby(false);
        assert!(places.is_in_lobby(7));
        drop(two);
        assert!(!places.is_in_lobby(7));
    }

    #[test]
    fn a_proxy_has_any_number_of_http_connections() {
        let places = Places::new(LIMITS);
        let six = places.http(Some(ip("2001:db8::1"))).unwrap();
        assert_eq!(places.http(Some(ip("2001:db8::2"))).err(), Some(Full::Address), "the same /64");
        let proxied = [places.http(None).unwrap(), places.http(None).unwrap()];
        drop((six, proxied));
        assert!(places.http(Some(ip("2001:db8::2"))).is_ok());
    }
}
