//! Who is where, as the dialect's clients are told it: its own people as they have said it, others as their rooms show
//! them. Pure; it says whether there is something new to tell.

use super::words::{User, avatar};
use houseful_room::AccountId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Somebody of the dialect's own, by their connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) account: AccountId,
    pub(super) username: String,
    pub(super) avatar: String,
    /// Which topic they are in.
    pub(super) topic: usize,
}

/// Everybody.
#[derive(Debug, Default)]
pub(super) struct Presence {
    own: BTreeMap<u64, Own>,
    /// Whom each topic's room shows.
    rosters: Vec<BTreeSet<AccountId>>,
    /// Own people on their way into a room: that it shows them is no news.
    coming: BTreeSet<(usize, AccountId)>,
    /// Own people on their way out of one: that it still shows them is none either.
    going: BTreeSet<(usize, AccountId)>,
    names: HashMap<AccountId, String>,
    /// In order of first presence.
    order: Vec<AccountId>,
}

impl Presence {
    pub(super) fn new(topics: usize) -> Presence {
        Presence { rosters: vec![BTreeSet::new(); topics], ..Presence::default() }
    }

    /// Where a connection's person is, if anywhere.
    pub(super) fn of(&self, connection: u64) -> Option<&Own> {
        self.own.get(&connection)
    }

    /// Somebody is about to enter; until they have, or have not, nobody is told.
    pub(super) fn set_coming(&mut self, topic: usize, account: AccountId) {
        self.coming.insert((topic, account));
    }

    /// They have not.
    pub(super) fn forget_coming(&mut self, topic: usize, account: AccountId) {
        self.coming.remove(&(topic, account));
    }

    /// Somebody is there now, and no longer where they were. Whether that is to be told: another picture is not.
    pub(super) fn enter(&mut self, connection: u64, own: Own) -> bool {
        self.coming.remove(&(own.topic, own.account));
        let (topic, account) = (own.topic, own.account);
        let before = self.own.insert(connection, own);
        let is_news =
            before.as_ref().is_none_or(|before| (before.topic, before.account) != (topic, account));
        if let Some(before) = before.filter(|_| is_news) {
            self.going.insert((before.topic, before.account));
        }
        self.put_in_order();
        is_news
    }

    /// A connection's person is nowhere now. Whether they were somewhere.
    pub(super) fn leave(&mut self, connection: u64) -> bool {
        let Some(before) = self.own.remove(&connection) else { return false };
        self.going.insert((before.topic, before.account));
        self.put_in_order();
        true
    }

    /// Whom a room has shown.
    pub(super) fn roster(&self, topic: usize) -> &BTreeSet<AccountId> {
        &self.rosters[topic]
    }

    /// Whom a room shows now, and what they are called. Whether others than the dialect's own have come or gone.
    pub(super) fn show(
        &mut self,
        topic: usize,
        roster: BTreeSet<AccountId>,
        names: impl IntoIterator<Item = (AccountId, String)>,
    ) -> bool {
        self.names.extend(names);
        let before = self.others(topic);
        self.going.retain(|(of, account)| *of != topic || roster.contains(account));
        self.rosters[topic] = roster;
        let is_news = self.others(topic) != before;
        self.put_in_order();
        let rosters = &self.rosters;
        self.names.retain(|account, _| rosters.iter().any(|roster| roster.contains(account)));
        is_news
    }

    /// The people of each topic, in order of their first presence.
    pub(super) fn shown(&self) -> Vec<Vec<User>> {
        let mut rooms = Vec::new();
        for topic in 0..self.rosters.len() {
            let others = self.others(topic);
            let people = self.order.iter().filter_map(|account| {
                let own = self.own.values().find(|o| o.topic == topic && o.account == *account);
                match own {
                    Some(Own { username, avatar, .. }) => {
                        Some(User { username: username.clone(), avatar: avatar.clone() })
                    }
                    None if others.contains(account) => {
                        let username = self.names.get(account).map_or("?", String::as_str);
                        Some(User { username: username.to_owned(), avatar: avatar(username) })
                    }
                    None => None,
                }
            });
            rooms.push(people.collect());
        }
        rooms
    }

    /// Whom a room shows that are none of the dialect's own.
    fn others(&self, topic: usize) -> BTreeSet<AccountId> {
        let is_own = |account: &AccountId| {
            self.coming.contains(&(topic, *account))
                || self.going.contains(&(topic, *account))
                || self.own.values().any(|own| own.topic == topic && own.account == *account)
        };
        self.rosters[topic].iter().filter(|account| !is_own(account)).copied().collect()
    }

    fn put_in_order(&mut self) {
        let mut all: BTreeSet<AccountId> = self.own.values().map(|own| own.account).collect();
        for topic in 0..self.rosters.len() {
            all.extend(self.others(topic));
        }
        self.order.retain(|account| all.remove(account));
        self.order.extend(all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(account: u64, topic: usize) -> Own {
        let username = format!("u{account}");
        Own { account: AccountId(account), username, avatar: String::new(), topic }
    }

    fn roster(accounts: &[u64]) -> BTreeSet<AccountId> {
        accounts.iter().map(|account| AccountId(*account)).collect()
    }

    fn named(accounts: &[u64]) -> Vec<(AccountId, String)> {
        accounts.iter().map(|account| (AccountId(*account), format!("n{account}"))).collect()
    }

    fn shown(presence: &Presence) -> [Vec<String>; 2] {
        let named = |users: &Vec<User>| users.iter().map(|user| user.username.clone()).collect();
        let rooms: Vec<Vec<String>> = presence.shown().iter().map(named).collect();
        rooms.try_into().expect("two topics")
    }

    #[test]
    fn ones_own_moves_are_told_once_whatever_the_rooms_show_meanwhile() {
        let mut presence = Presence::new(2);
        presence.set_coming(0, AccountId(7));
        assert!(!presence.show(0, roster(&[7]), named(&[7])), "on the way");
        assert!(presence.enter(1, own(7, 0)));
        assert!(!presence.enter(1, own(7, 0)), "the same again");
        presence.set_coming(1, AccountId(7));
        assert!(!presence.show(1, roster(&[7]), named(&[7])));
        assert!(!presence.show(0, roster(&[]), []), "out of the old one");
        assert!(presence.enter(1, own(7, 1)));
        assert_eq!(shown(&presence), [vec![], vec!["u7".to_owned()]]);
        assert!(presence.leave(1) && !presence.leave(1));
        assert!(!presence.show(1, roster(&[7]), []), "lapsed");
        assert!(!presence.show(1, roster(&[]), []));
        assert_eq!(shown(&presence), [vec![], Vec::<String>::new()]);
        assert!(presence.show(1, roster(&[7]), named(&[7])), "back by other means");
    }

    #[test]
    fn all_are_in_order_of_their_first_presence() {
        let mut presence = Presence::new(2);
        presence.enter(1, own(9, 0));
        assert!(presence.show(0, roster(&[3, 9]), named(&[3, 9])));
        presence.enter(2, own(1, 0));
        assert_eq!(shown(&presence)[0], ["u9", "n3", "u1"]);
        presence.enter(1, own(9, 1));
        presence.enter(1, own(9, 0));
        assert_eq!(shown(&presence)[0], ["u9", "n3", "u1"], "a move keeps one's place");
        assert!(presence.show(0, roster(&[1, 9]), []));
        assert!(presence.show(0, roster(&[1, 3, 9]), named(&[3])));
        assert_eq!(shown(&presence)[0], ["u9", "u1", "n3"], "who was gone comes last");
    }

    #[test]
    fn one_person_with_two_connections_is_shown_once_and_as_long_as_one_is_there() {
        let mut presence = Presence::new(2);
        assert!(presence.enter(1, own(7, 0)) && presence.enter(2, own(7, 0)));
        assert_eq!(shown(&presence)[0], ["u7"]);
        assert!(presence.leave(1));
        assert_eq!(shown(&presence)[0], ["u7"]);
    }
}
