//! The lobby's rows as they ought to be, and which of them the lobby does not have yet. Nothing here waits or asks
//! anybody; a change costs what it changes, however many rooms there are.

use super::rows::{Card, is_closed, read_event, read_room, row_of, text};
use super::seers::Seers;
use crate::events::seats_path;
use crate::room::Attendance;
use crate::store::ListingRow;
use houseful_apps::lobby::{Know, Listed, ListedRoom, Place, Set, SetRoom, Write};
use houseful_room::{AccountId, DerivedRow, Headcount, Value, Wall};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the lobby is to show.
#[derive(Default)]
pub(super) struct Cards {
    events: BTreeMap<u64, Listed>,
    seers: Seers,
    rooms: BTreeMap<String, Room>,
    /// Who is in each room, and where each person is.
    people: BTreeMap<String, BTreeSet<AccountId>>,
    places: BTreeMap<AccountId, BTreeSet<String>>,
    changes: Changes,
}

/// What the lobby is to be told.
#[derive(Default)]
struct Changes {
    events: BTreeSet<u64>,
    rooms: BTreeSet<String>,
    knows: BTreeMap<(String, AccountId), bool>,
    people: BTreeSet<AccountId>,
    /// Events that somebody no longer sees.
    reconsider: BTreeSet<u64>,
}

struct Room {
    row: ListedRoom,
    is_unlisted: bool,
    owner: AccountId,
    guests: BTreeSet<AccountId>,
}

impl Cards {
    /// A derived row was committed.
    pub(super) fn follow(&mut self, row: &DerivedRow, at: impl Fn(&str) -> Headcount) {
        match (row.table, &*row.key) {
            ("events", [(_, Value::Int(id))]) => {
                if row.set.is_none() {
                    // It was deleted: whoever is in the rooms beside it no longer is.
                    self.changes.reconsider.insert(id.unsigned_abs());
                }
                self.follow_event(id.unsigned_abs(), row, at);
            }
            ("listings", [(_, Value::Text(path))]) => {
                match row.set.as_ref().and_then(|columns| read_room(path, columns)) {
                    Some(room) if room.phase != "closed" => {
                        let headcount = at(&room.path);
                        self.put_room(room, headcount);
                    }
                    _ => self.remove_room(path),
                }
            }
            ("event_people", [(_, Value::Int(account)), (_, Value::Int(event))]) => {
                let role = row.set.as_ref().and_then(|columns| text(columns, "role"));
                self.know_of(event.unsigned_abs(), AccountId(account.unsigned_abs()), role);
            }
            ("listing_guests", [(_, Value::Text(path)), (_, Value::Int(account))]) => {
                let role = row.set.as_ref().and_then(|columns| text(columns, "role"));
                let is_known = role.is_some_and(|role| role != "banned");
                self.know(path, AccountId(account.unsigned_abs()), is_known);
            }
            _ => {}
        }
    }

    fn follow_event(&mut self, event: u64, row: &DerivedRow, at: impl Fn(&str) -> Headcount) {
        match row.set.as_ref().and_then(|columns| read_event(columns)) {
            Some(Card { row, visibility, owner }) if row.status == "published" => {
                let row = counted(row, at(&seats_path(event)));
                self.put_event(event, Card { row, visibility, owner });
            }
            _ => self.remove_event(event),
        }
    }

    /// An event is there. An unlisted one is not shown.
    pub(super) fn put_event(&mut self, event: u64, card: Card) {
        let Card { row, visibility, owner } = card;
        if is_closed(&visibility) && !self.seers.is_closed(event) {
            self.changes.reconsider.insert(event);
        }
        let told = self.seers.see(event, owner, &visibility);
        self.tell_seers(event, told);
        match &*visibility {
            "unlisted" => self.remove_event(event),
            _ => self.show_event(event, row),
        }
    }

    fn tell_seers(&mut self, event: u64, told: Vec<(AccountId, bool)>) {
        if told.iter().any(|(_, is_known)| !is_known) && self.seers.is_closed(event) {
            self.changes.reconsider.insert(event);
        }
        let of = |(account, is_known)| ((seats_path(event), account), is_known);
        self.changes.knows.extend(told.into_iter().map(of));
    }

    /// By what an event knows somebody from now on.
    pub(super) fn know_of(&mut self, event: u64, account: AccountId, role: Option<&str>) {
        let told = self.seers.know(event, account, role);
        self.tell_seers(event, told.into_iter().collect());
    }

    fn show_event(&mut self, event: u64, card: Listed) {
        let was_private = self.events.get(&event).is_some_and(|before| before.private);
        let is_private = card.private;
        let before = self.events.insert(event, card);
        if before.as_ref() != self.events.get(&event) {
            self.changes.events.insert(event);
        }
        if before.is_none() || was_private != is_private {
            self.touch_rooms_of(event);
        }
    }

    fn remove_event(&mut self, event: u64) {
        if self.events.remove(&event).is_some() {
            self.changes.events.insert(event);
            self.touch_rooms_of(event);
        }
    }

    /// An event's rooms are shown as long as the event is.
    fn touch_rooms_of(&mut self, event: u64) {
        let prefix = format!("events/{event}/");
        let rooms = self.rooms.range(prefix.clone()..);
        let rooms = rooms.take_while(|(path, _)| path.starts_with(&prefix));
        let paths: Vec<String> = rooms.map(|(path, _)| path.clone()).collect();
        paths.iter().for_each(|path| self.touch_room(path));
    }

    pub(super) fn put_room(&mut self, room: ListingRow, headcount: Headcount) {
        let before = self.rooms.remove(&room.path);
        let mut guests = before.map(|room| room.guests).unwrap_or_default();
        if guests.insert(room.owner) {
            self.changes.knows.insert((room.path.clone(), room.owner), true);
        }
        let path = room.path.clone();
        let (is_unlisted, owner) = (room.visibility == "unlisted", room.owner);
        let row = row_of(room, headcount);
        self.rooms.insert(path.clone(), Room { row, is_unlisted, owner, guests });
        self.touch_room(&path);
    }

    fn remove_room(&mut self, path: &str) {
        if let Some(room) = self.rooms.remove(path) {
            for guest in room.guests {
                self.changes.knows.insert((path.to_owned(), guest), false);
            }
            self.touch_room(path);
        }
    }

    /// A room knows somebody, or no longer does. The owner it always knows.
    pub(super) fn know(&mut self, path: &str, account: AccountId, is_known: bool) {
        let Some(room) = self.rooms.get_mut(path).filter(|room| room.owner != account) else {
            return;
        };
        let is_new = match is_known {
            true => room.guests.insert(account),
            false => room.guests.remove(&account),
        };
        if is_new {
            self.changes.knows.insert((path.to_owned(), account), is_known);
        }
    }

    fn touch_room(&mut self, path: &str) {
        self.changes.rooms.insert(path.to_owned());
        self.changes.people.extend(self.people.get(path).into_iter().flatten());
    }

    /// Who is in a room has changed.
    pub(super) fn attend(&mut self, path: &str, attendance: &Attendance) {
        let headcount = attendance.headcount;
        if let Some(event) = crate::events::event_of(path)
            && let Some(card) = self.events.get(&event).cloned()
        {
            self.show_event(event, counted(card, headcount));
        }
        if let Some(room) = self.rooms.get_mut(path) {
            (room.row.here, room.row.watching) = (headcount.here as u64, headcount.watching as u64);
            self.changes.rooms.insert(path.to_owned());
        }
        let now: BTreeSet<AccountId> = attendance.people.iter().flatten().copied().collect();
        let before = self.people.remove(path).unwrap_or_default();
        for account in before.symmetric_difference(&now) {
            let places = self.places.entry(*account).or_default();
            match now.contains(account) {
                true => places.insert(path.to_owned()),
                false => places.remove(path),
            };
            if places.is_empty() {
                self.places.remove(account);
            }
            self.changes.people.insert(*account);
        }
        if !now.is_empty() {
            self.people.insert(path.to_owned(), now);
        }
    }

    /// What has begun is no longer listed.
    pub(super) fn pass(&mut self, now: Wall) {
        let past = self.events.iter().filter(|(_, card)| card.starts_at.0 < now.0);
        let past: Vec<u64> = past.map(|(id, _)| *id).collect();
        past.into_iter().for_each(|event| self.remove_event(event));
    }

    /// Events that somebody saw a moment ago and does not see any more.
    pub(super) fn take_lost(&mut self) -> BTreeSet<u64> {
        std::mem::take(&mut self.changes.reconsider)
    }

    /// What the lobby is to be told, who may see a row before the row.
    pub(super) fn take_changes(&mut self) -> Vec<Write> {
        let Changes { events, rooms, knows, people, reconsider } =
            std::mem::take(&mut self.changes);
        self.changes.reconsider = reconsider;
        let knows = knows
            .into_iter()
            .map(|((path, account), known)| Write::Know(Know { path, account, known }));
        let events = events.into_iter().map(|id| Write::Event(self.event_of(id)));
        let rooms = rooms.into_iter().map(|path| {
            let (row, of) = self.shown(&path).unzip();
            Write::Room(SetRoom { path, row, of: of.flatten() })
        });
        let people = people.into_iter().map(|account| {
            let places = self.places.get(&account).into_iter().flatten();
            let is_public = |path: &&String| self.shown(path).is_some_and(|(row, _)| !row.private);
            let rooms = places.filter(is_public).cloned().collect();
            Write::Place(Place { account, rooms })
        });
        knows.chain(events).chain(rooms).chain(people).collect()
    }

    /// The lobby did not take it: once more.
    pub(super) fn again(&mut self, write: Write) {
        match write {
            Write::Event(set) => drop(self.changes.events.insert(set.id)),
            Write::Room(set) => drop(self.changes.rooms.insert(set.path)),
            Write::Place(place) => drop(self.changes.people.insert(place.account)),
            Write::Know(Know { path, account, known }) => {
                self.changes.knows.entry((path, account)).or_insert(known);
            }
            // It is in the inbox, and no row of these.
            Write::Tell(_) => {}
        }
    }

    fn event_of(&self, id: u64) -> Set {
        let row = self.events.get(&id).cloned();
        let of = row.as_ref().filter(|row| row.private).map(|_| seats_path(id));
        Set { id, row, of }
    }

    /// A room's row, if the lobby is to show it, and whose people see it if not everyone does. What belongs to an
    /// event is shown to nobody who does not see the event.
    fn shown(&self, path: &str) -> Option<(ListedRoom, Option<String>)> {
        let room = self.rooms.get(path).filter(|room| !room.is_unlisted)?;
        let own = room.row.private.then(|| path.to_owned());
        let of = match room.row.event {
            None => own,
            Some(event) => own.or(self.events.get(&event)?.private.then(|| seats_path(event))),
        };
        Some((ListedRoom { private: of.is_some(), ..room.row.clone() }, of))
    }
}

fn counted(card: Listed, headcount: Headcount) -> Listed {
    Listed { here: headcount.here as u64, watching: headcount.watching as u64, ..card }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(path: &str, visibility: &str, event: Option<u64>) -> ListingRow {
        ListingRow {
            path: path.into(),
            app: "chat".into(),
            title: path.into(),
            visibility: visibility.into(),
            owner: AccountId(1),
            event,
            minimum: 1,
            maximum: None,
            locked: false,
            phase: "open".into(),
        }
    }

    fn card(visibility: &str) -> Card {
        let starts_at = Wall(1_000);
        let text = String::new;
        let row = Listed {
            title: text(),
            starts_at,
            ends_at: None,
            category: text(),
            picture: None,
            private: is_closed(visibility),
            time_zone: text(),
            place: text(),
            status: "published".into(),
            currency: text(),
            from_price: None,
            capacity: 1,
            available: 1,
            here: 0,
            watching: 0,
        };
        Card { row, visibility: visibility.into(), owner: AccountId(1) }
    }

    /// What the lobby is told of rooms: the path, and whether there is a row.
    fn rooms(cards: &mut Cards) -> Vec<(String, bool)> {
        let room = |write| match write {
            Write::Room(set) => Some((set.path, set.row.is_some())),
            _ => None,
        };
        cards.take_changes().into_iter().filter_map(room).collect()
    }

    fn places(cards: &mut Cards, account: u64) -> Option<BTreeSet<String>> {
        let place = |write| match write {
            Write::Place(place) if place.account == AccountId(account) => Some(place.rooms),
            _ => None,
        };
        cards.take_changes().into_iter().find_map(place)
    }

    fn here(accounts: &[u64]) -> Attendance {
        let people = Some(accounts.iter().copied().map(AccountId).collect());
        Attendance { headcount: Headcount { here: accounts.len(), watching: 0 }, people }
    }

    #[test]
    fn an_events_room_is_shown_as_long_as_the_event_is() {
        let mut cards = Cards::default();
        let chat = "events/7/chat".to_owned();
        cards.put_room(listing(&chat, "public", Some(7)), Headcount::default());
        assert_eq!(rooms(&mut cards), [(chat.clone(), false)]);
        cards.put_event(7, card("public"));
        cards.put_event(70, card("public"));
        assert_eq!(rooms(&mut cards), [(chat.clone(), true)]);
        let Card { row, visibility, owner } = card("public");
        cards.put_event(7, Card { row: Listed { available: 0, ..row }, visibility, owner });
        assert!(rooms(&mut cards).is_empty(), "another place sold is nothing new of the chat");
        cards.pass(Wall(2_000));
        assert_eq!(rooms(&mut cards), [(chat, false)]);
    }

    #[test]
    fn a_private_event_is_shown_to_those_whom_it_knows_and_its_chat_too() {
        let mut cards = Cards::default();
        let (chat, seats) = ("events/7/chat".to_owned(), Some(seats_path(7)));
        cards.put_room(listing(&chat, "public", Some(7)), Headcount::default());
        cards.know_of(7, AccountId(5), Some("invited"));
        cards.put_event(7, card("private"));
        let told = cards.take_changes();
        let knows = |account, known| {
            Write::Know(Know { path: seats_path(7), account: AccountId(account), known })
        };
        assert_eq!(format!("{:?}", &told[1..3]), format!("{:?}", [knows(1, true), knows(5, true)]));
        let ofs = told.iter().filter_map(|write| match write {
            Write::Event(set) => Some((set.row.is_some(), set.of.clone())),
            Write::Room(set) => Some((set.row.is_some(), set.of.clone())),
            _ => None,
        });
        assert!(ofs.clone().count() == 2 && ofs.clone().all(|of| of == (true, seats.clone())));
        cards.know_of(7, AccountId(5), None);
        let told = cards.take_changes();
        assert_eq!(format!("{told:?}"), format!("{:?}", [knows(5, false)]));
        cards.put_event(7, card("unlisted"));
        assert!(cards.take_changes().iter().all(|write| match write {
            Write::Event(set) => set.row.is_none(),
            Write::Room(set) => set.row.is_none(),
            Write::Know(know) => !know.known,
            Write::Place(_) | Write::Tell(_) => true,
        }));
    }

    #[test]
    fn where_people_are_is_told_of_public_rooms_alone() {
        let mut cards = Cards::default();
        for (path, visibility) in [("a", "public"), ("b", "private"), ("c", "unlisted")] {
            cards.put_room(listing(path, visibility, None), Headcount::default());
            cards.attend(path, &here(&[5]));
        }
        cards.attend("events/1/seats", &here(&[]));
        assert_eq!(places(&mut cards, 5), Some(BTreeSet::from(["a".to_owned()])));
        cards.put_room(listing("a", "private", None), Headcount::default());
        assert_eq!(places(&mut cards, 5), Some(BTreeSet::new()));
        cards.put_room(listing("c", "public", None), Headcount::default());
        assert_eq!(places(&mut cards, 5), Some(BTreeSet::from(["c".to_owned()])));
        cards.attend("c", &here(&[]));
        assert_eq!(places(&mut cards, 5), Some(BTreeSet::new()));
        assert!(cards.take_changes().is_empty());
    }

    #[test]
    fn who_is_known_is_told_before_what_they_may_see_and_once() {
        let mut cards = Cards::default();
        cards.put_room(listing("b", "private", None), Headcount::default());
        cards.know("b", AccountId(5), true);
        cards.know("b", AccountId(5), true);
        let told = cards.take_changes();
        let known = |write: &Write| matches!(write, Write::Know(Know { known: true, .. }));
        assert!(told.len() == 3 && told[..2].iter().all(known), "{told:?}");
        cards.know("b", AccountId(1), false);
        assert!(cards.take_changes().is_empty(), "the owner it always knows");
        cards.again(told[0].clone());
        assert_eq!(cards.take_changes().len(), 1, "what was not taken is told again");
        cards.remove_room("b");
        let told = cards.take_changes();
        assert_eq!(told.iter().filter(|write| matches!(write, Write::Know(_))).count(), 2);
    }
}
