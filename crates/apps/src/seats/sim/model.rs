//! What the journal's public ops say of a sale, entry by entry, and which changes are lawful. It reads
//! rows as PROTOCOL.md describes them and shares no code with the sale.

use super::bought;
use super::line::Line;
use super::starts::Starts;
use super::{HOLD_MS, PEOPLE, SEATS, STAFF};
use houseful_room::testkit::{Change, Observed};
use houseful_room::{AccountId, Audience};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::rc::Rc;

/// After so many recoveries since it was armed, a timer keeps only to the wall clock.
const FULL_RECOVERIES: u64 = 3;

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct CartRow {
    pub(super) seats: Vec<(u32, i64)>,
    pub(super) areas: Vec<(u32, u32, i64)>,
    pub(super) total: i64,
    until: i64,
    pub(super) renewals: u32,
}

/// A cart, and until when by true time it was promised.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cart {
    pub(super) row: CartRow,
    ends_ms: u64,
    armed_in: u64,
    /// How far the wall clock was from true time when that was promised.
    wall_off_ms: i64,
}

impl Cart {
    /// Whether the promise binds: after some recoveries the wall clock decides, if it was set meanwhile.
    fn binds(&self, entry: &Observed) -> bool {
        let is_in_full = entry.term - self.armed_in <= FULL_RECOVERIES;
        is_in_full || self.wall_off_ms == wall_off_ms(entry)
    }

    pub(super) fn has_seat(&self, seat: u32) -> bool {
        self.row.seats.iter().any(|(of, _)| *of == seat)
    }
}

fn wall_off_ms(entry: &Observed) -> i64 {
    entry.at.0 - i64::try_from(entry.true_ms).unwrap_or(i64::MAX)
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct OrderRow {
    pub(super) seats: Vec<(u32, i64)>,
    pub(super) areas: Vec<(u32, u32, i64)>,
    total: i64,
    status: String,
}

/// An order and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    key: String,
    pub(super) by: u64,
    pub(super) row: OrderRow,
}

impl Order {
    pub(super) fn is_booked(&self) -> bool {
        self.row.status == "booked"
    }

    pub(super) fn has_seat(&self, seat: u32) -> bool {
        self.row.seats.iter().any(|(of, _)| *of == seat)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Area {
    pub(super) capacity: u32,
    held: u32,
    booked: u32,
    pub(super) blocked: u32,
}

/// The sale after some entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub(super) seats: [u8; SEATS as usize],
    pub(super) area: Area,
    pub(super) carts: Vec<(u64, Rc<Cart>)>,
    pub(super) orders: Vec<Rc<Order>>,
    starts: [Starts; PEOPLE as usize],
    pub(super) limit: u32,
    limit_ever: u32,
    pub(super) is_cancelled: bool,
    is_draft: bool,
    is_private: bool,
    invited: BTreeSet<u64>,
    pub(super) line: Line,
}

fn of<T>(list: &[(u32, T)]) -> impl Iterator<Item = u32> + '_ {
    list.iter().map(|(seat, _)| *seat)
}

impl Area {
    pub(super) fn available(&self) -> u32 {
        self.capacity.saturating_sub(self.held + self.booked + self.blocked)
    }
}

impl Model {
    pub(super) fn cart(&self, account: u64) -> Option<&Cart> {
        self.carts.iter().find(|(of, _)| *of == account).map(|(_, cart)| &**cart)
    }

    pub(super) fn order(&self, id: &str) -> Option<&Order> {
        let is = |order: &&Rc<Order>| order.key.trim_matches('"') == id;
        self.orders.iter().find(is).map(|order| &**order)
    }

    /// Places in a person's cart and orders.
    pub(super) fn places(&self, account: u64) -> u32 {
        let count = |seats: usize, areas: &[(u32, u32, i64)]| {
            seats as u32 + areas.iter().map(|(_, count, _)| count).sum::<u32>()
        };
        let cart = self.cart(account).map_or(0, |c| count(c.row.seats.len(), &c.row.areas));
        let orders = self.orders.iter().filter(|order| order.by == account && order.is_booked());
        cart + orders.map(|o| count(o.row.seats.len(), &o.row.areas)).sum::<u32>()
    }

    pub(super) fn starts(&self, account: u64) -> Starts {
        let nth = account.checked_sub(1).and_then(|nth| usize::try_from(nth).ok());
        nth.and_then(|nth| self.starts.get(nth)).copied().unwrap_or_default()
    }

    /// I21: a cart is begun, if it may be.
    fn start(&mut self, account: u64, at: i64) -> Result<(), String> {
        let starts = self.starts(account);
        if starts.wait_ms(at) > 0 {
            return Err(format!("I21: {account} starts one cart too many in an hour"));
        }
        let nth = account.saturating_sub(1) as usize;
        let known = self.starts.get_mut(nth).ok_or("a cart of nobody")?;
        *known = starts.one_more(at);
        Ok(())
    }

    /// I7: after the quiet every hold has ended, by an entry.
    pub(super) fn must_have_no_cart(&self) -> Result<(), String> {
        match self.carts.first() {
            Some((account, cart)) => Err(format!("{account} still holds {cart:?}")),
            None => Ok(()),
        }
    }

    pub(super) fn observe(&mut self, entry: &Observed) -> Result<(), String> {
        let before = self.clone();
        before.must_let_in(entry)?;
        let is_touched = self.apply(entry)?;
        if let ("buy", Some(by)) = (&*entry.did, entry.by)
            && before.cart(by.0).is_none()
        {
            self.start(by.0, entry.at.0)?;
        }
        if is_touched {
            let at = |text: String| match text.starts_with('I') {
                true => format!("{text} (entry {}, {})", entry.seq, entry.did),
                false => format!("entry {}, {}: {text}", entry.seq, entry.did),
            };
            self.is_lawful_after(&before, entry).map_err(at)?;
            self.must_agree().map_err(at)?;
        }
        Ok(())
    }

    /// How many places can be held.
    pub(super) fn available(&self) -> u32 {
        let seats = self.seats.iter().filter(|state| **state == 0).count();
        seats as u32 + self.area.available()
    }

    /// Whether somebody sees the event: whom it is not for is no different from whom it never knew.
    pub(super) fn is_seen_by(&self, account: u64) -> bool {
        let has_booked = |order: &Rc<Order>| order.by == account && order.is_booked();
        let is_for_them = || {
            !self.is_private
                || self.invited.contains(&account)
                || self.orders.iter().any(has_booked)
        };
        account == STAFF || !self.is_draft && is_for_them()
    }

    /// I12: whoever does something, or comes in, sees the event.
    fn must_let_in(&self, entry: &Observed) -> Result<(), String> {
        let does = ["join", "hold", "release", "renew", "book", "buy", "cancel"];
        match entry.by.map(|by| by.0) {
            Some(by) if does.contains(&&*entry.did) && !self.is_seen_by(by) => Err(format!(
                "I12: {by} does not see the event (entry {}, {})",
                entry.seq, entry.did
            )),
            _ => Ok(()),
        }
    }

    fn apply(&mut self, entry: &Observed) -> Result<bool, String> {
        let mut is_touched = false;
        for (audience, change) in entry.changes() {
            is_touched |= match change {
                Change::Set(shape, seat, value) if shape == "seats" => {
                    let place = self.seats.get_mut(*seat as usize).ok_or("no such seat")?;
                    *place = *value;
                    true
                }
                Change::Put(shape, _, value) if shape == "areas" => {
                    self.area = read(value)?;
                    true
                }
                Change::Cell(shape, value) if shape == "event" => {
                    let limit = value.get("limitPerPerson").and_then(|limit| limit.as_u64());
                    self.limit = limit.unwrap_or(0) as u32;
                    self.limit_ever = self.limit_ever.max(self.limit);
                    let is = |name: &str, what: &str| value.get(name).is_some_and(|v| v == what);
                    self.is_cancelled = is("status", "cancelled");
                    self.is_draft = is("status", "draft");
                    self.is_private = is("visibility", "private");
                    false
                }
                Change::Put(shape, key, value) if shape == "queue" => {
                    let account: u64 = key.parse().map_err(|_| format!("{key} waits"))?;
                    if *audience != Audience::Member(AccountId(account)) {
                        return Err(format!("that {account} waits is shown to {audience}"));
                    }
                    self.line.put(account, read(value)?, entry)?;
                    true
                }
                Change::Del(shape, key) if shape == "queue" => {
                    self.line.remove(key.parse().unwrap_or(0));
                    true
                }
                Change::Put(shape, key, _) if shape == "invited" => {
                    self.invited.insert(key.parse().map_err(|_| format!("{key} is invited"))?);
                    false
                }
                Change::Del(shape, key) if shape == "invited" => {
                    // A row that is shown to others now is put for them by the same entry.
                    let is_moved = entry.changes().any(|(_, change)| {
                        matches!(change, Change::Put(of, put, _) if of == "invited" && put == key)
                    });
                    if !is_moved {
                        self.invited.retain(|account| account.to_string() != *key);
                    }
                    false
                }
                Change::Put(shape, key, value) if shape == "cart" => {
                    self.put_cart(entry, audience, key, read(value)?)?;
                    true
                }
                Change::Del(shape, key) if shape == "cart" => {
                    self.carts.retain(|(account, _)| account.to_string() != *key);
                    true
                }
                Change::Put(shape, key, value) if shape == "orders" => {
                    let Audience::Member(AccountId(by)) = *audience else {
                        return Err(format!("the order {key} is shown to {audience}"));
                    };
                    let order = Rc::new(Order { key: key.clone(), by, row: read(value)? });
                    match self.orders.iter_mut().find(|known| known.key == *key) {
                        Some(known) => *known = order,
                        None => self.orders.push(order),
                    }
                    true
                }
                _ => false,
            };
        }
        Ok(is_touched)
    }

    /// I3: what is promised to last so long is promised in true time.
    fn put_cart(
        &mut self,
        entry: &Observed,
        audience: &Audience,
        key: &str,
        row: CartRow,
    ) -> Result<(), String> {
        let account: u64 = key.parse().map_err(|_| format!("a cart of {key}"))?;
        if *audience != Audience::Member(AccountId(account)) {
            return Err(format!("the cart of {account} is shown to {audience}"));
        }
        let known = self.cart(account).cloned();
        let promised_ms = u64::try_from(row.until - entry.at.0).unwrap_or(0);
        let anew = (entry.true_ms + promised_ms, entry.term);
        let mut off = wall_off_ms(entry);
        let (ends_ms, armed_in) = match (&known, entry.did.as_str()) {
            (None, "hold") if promised_ms <= HOLD_MS => anew,
            (Some(cart), "renew") if promised_ms == HOLD_MS => {
                if row.renewals != cart.row.renewals + 1 {
                    return Err(format!("a renewal counts {}", row.renewals));
                }
                anew
            }
            (Some(cart), "recover") => {
                if cart.binds(entry) && anew.0 < cart.ends_ms {
                    return Err(format!("I3: a recovery cuts the cart of {account} short"));
                }
                (anew.0, cart.armed_in)
            }
            (Some(cart), "hold" | "release" | "buy") if cart.row.until == row.until => {
                off = cart.wall_off_ms;
                (cart.ends_ms, cart.armed_in)
            }
            _ => return Err(format!("I3: the cart of {account} ends in {promised_ms} ms now")),
        };
        if known.is_none() {
            self.start(account, entry.at.0)?;
        }
        self.carts.retain(|(of, _)| *of != account);
        let cart = Cart { row, ends_ms, armed_in, wall_off_ms: off };
        self.carts.push((account, Rc::new(cart)));
        Ok(())
    }

    /// I1: who did what may change just that.
    fn is_lawful_after(&self, before: &Model, entry: &Observed) -> Result<(), String> {
        let by = entry.by.map_or(0, |by| by.0);
        let carts = changed(&before.carts, &self.carts);
        let kept =
            before.orders.iter().zip(&self.orders).filter(|(was, is)| !Rc::ptr_eq(was, is)).count();
        let orders = kept + self.orders.len().abs_diff(before.orders.len());
        let only_of = |account: u64| carts.iter().all(|of| *of == account);
        let is_lawful = match entry.did.as_str() {
            "hold" | "renew" | "release" => only_of(by) && orders == 0,
            "book" => self.is_booked_by(before, by) && only_of(by) && orders == 1,
            "buy" => bought::is_by(before, self, by) && only_of(by) && orders == 1,
            "cancel" => carts.is_empty() && orders == 1 && self.is_given_back(before, by),
            "queue" | "unqueue" | "uninvite" => carts.is_empty() && orders == 0,
            timer if timer.starts_with("timer offer/") => {
                let account = timer.trim_start_matches("timer offer/").parse().unwrap_or(0);
                before.line.must_be_over(account, entry)?;
                carts.is_empty() && orders == 0 && !self.line.has(account)
            }
            "cancel_event" => by == STAFF && self.carts.is_empty() && orders == 0,
            "capacity" => by == STAFF && carts.is_empty() && orders == 0,
            "block" | "unblock" => by == STAFF && carts.is_empty() && orders == 0,
            "recover" => self.seats == before.seats && orders == 0,
            "open" => carts.is_empty() && orders == 0,
            timer if timer.starts_with("timer cart/") => {
                let account = timer.trim_start_matches("timer cart/").parse().unwrap_or(0);
                self.has_expired(before, account, entry)?;
                only_of(account) && orders == 0
            }
            _ => false,
        };
        if !is_lawful {
            return Err(format!("carts of {carts:?} and {orders} orders change"));
        }
        if self.area.capacity != before.area.capacity && !matches!(&*entry.did, "open" | "capacity")
        {
            return Err("I21: an area is as large as nobody made it".to_owned());
        }
        if before.is_cancelled && self.carts.len() > before.carts.len() {
            return Err("I1: what is cancelled is held".to_owned());
        }
        if !self.is_cancelled {
            self.line.must_be_fair(self.available())?;
        }
        let taken = before.available().saturating_sub(self.available());
        let may = before.line.free(before.available()) + before.line.kept(by);
        if matches!(&*entry.did, "hold" | "buy") && !before.line.is_empty() && taken > may {
            return Err(format!("I22: {by} holds {taken} places, and may {may}"));
        }
        self.seats_move_lawfully(before, entry)
    }

    /// R41: the order is exactly the cart.
    fn is_booked_by(&self, before: &Model, by: u64) -> bool {
        let (Some(cart), Some(order)) = (before.cart(by), self.orders.last()) else { return false };
        self.cart(by).is_none()
            && self.orders.len() == before.orders.len() + 1
            && order.by == by
            && order.row.seats == cart.row.seats
            && order.row.areas == cart.row.areas
            && order.row.total == cart.row.total
    }

    fn is_given_back(&self, before: &Model, by: u64) -> bool {
        let pairs = before.orders.iter().zip(&self.orders);
        let mut changed = pairs.filter(|(was, is)| !Rc::ptr_eq(was, is));
        changed.all(|(was, is)| {
            was.is_booked()
                && was.by == is.by
                && (by == was.by || by == STAFF)
                && of(&is.row.seats).all(|seat| was.has_seat(seat))
        })
    }

    fn has_expired(&self, before: &Model, account: u64, entry: &Observed) -> Result<(), String> {
        let Some(cart) = before.cart(account) else { return Ok(()) };
        if cart.binds(entry) && entry.true_ms < cart.ends_ms {
            let early = cart.ends_ms - entry.true_ms;
            return Err(format!("I3: the cart of {account} ends {early} ms early"));
        }
        match self.cart(account) {
            Some(_) => Err(format!("the cart of {account} is still there")),
            None => Ok(()),
        }
    }

    fn seats_move_lawfully(&self, before: &Model, entry: &Observed) -> Result<(), String> {
        for (seat, (was, is)) in before.seats.iter().zip(&self.seats).enumerate() {
            let is_lawful = match (*was, *is) {
                (was, is) if was == is => true,
                (0, 1) => entry.did == "hold",
                (1, 0) => matches!(&*entry.did, "release" | "cancel_event") || entry.is_timer(),
                (1, 2) => matches!(&*entry.did, "book" | "buy"),
                (0, 2) => entry.did == "buy",
                (2, 0) => entry.did == "cancel",
                (0, 3) => entry.did == "block",
                (3, 0) => entry.did == "unblock",
                _ => false,
            };
            if !is_lawful {
                return Err(format!("I1: seat {seat} goes from {was} to {is}"));
            }
        }
        Ok(())
    }

    /// I1, I21: each place is somebody's once, and nobody has too many.
    fn must_agree(&self) -> Result<(), String> {
        let mut owners = [0u8; SEATS as usize];
        let (mut held, mut booked) = (0, 0);
        let count = |areas: &[(u32, u32, i64)]| areas.iter().map(|(_, n, _)| n).sum::<u32>();
        let mut take = |seats: &[(u32, i64)], state: u8| -> Result<(), String> {
            for seat in of(seats) {
                let owner = owners.get_mut(seat as usize).ok_or("no such seat")?;
                if *owner != 0 || self.seats[seat as usize] != state {
                    let is = self.seats[seat as usize];
                    return Err(format!("I1: seat {seat} has two owners, or is {is} not {state}"));
                }
                *owner = state;
            }
            Ok(())
        };
        for (account, cart) in &self.carts {
            take(&cart.row.seats, 1)?;
            held += count(&cart.row.areas);
            let areas = cart.row.areas.iter().map(|(_, count, at)| i64::from(*count) * at);
            let sum = cart.row.seats.iter().map(|(_, at)| at).sum::<i64>() + areas.sum::<i64>();
            if sum != cart.row.total || cart.row.seats.len() + cart.row.areas.len() == 0 {
                return Err(format!("I21: the cart of {account} is {sum}, or empty"));
            }
            self.must_be_within_limit(*account)?;
        }
        for order in self.orders.iter().filter(|order| order.is_booked()) {
            take(&order.row.seats, 2)?;
            booked += count(&order.row.areas);
        }
        if self.seats.iter().zip(&owners).any(|(is, owner)| is % 3 != owner % 3) {
            return Err(format!(
                "I1: the grid {:?} is not what people have {owners:?}",
                self.seats
            ));
        }
        let Area { capacity, held: in_carts, booked: in_orders, blocked } = self.area;
        let fits = in_carts + in_orders + blocked <= capacity;
        if (in_carts, in_orders) != (held, booked) || !fits {
            return Err(format!("I21: the area {:?} has {held} held, {booked} booked", self.area));
        }
        Ok(())
    }

    fn must_be_within_limit(&self, account: u64) -> Result<(), String> {
        let (has, limit) = (self.places(account), self.limit_ever);
        if has > limit {
            return Err(format!("I21: {account} has {has} places of {limit}"));
        }
        Ok(())
    }
}

/// The keys whose values differ.
fn changed<K: PartialEq + Clone, V: PartialEq>(was: &[(K, V)], is: &[(K, V)]) -> Vec<K> {
    let differs = |(key, value): &&(K, V), others: &[(K, V)]| {
        others.iter().find(|(of, _)| of == key).is_none_or(|(_, other)| other != value)
    };
    let mut keys: Vec<K> = is.iter().filter(|e| differs(e, was)).map(|(k, _)| k.clone()).collect();
    let gone = was.iter().filter(|(key, _)| is.iter().all(|(of, _)| of != key));
    keys.extend(gone.map(|(key, _)| key.clone()));
    keys
}

fn read<T: for<'de> Deserialize<'de>>(value: &serde_json::Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| format!("a row that PROTOCOL.md does not know: {error}"))
}
