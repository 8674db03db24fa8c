//! A crowd before a small private room: links, invitations, a line, bans, in a world of faults. The checker reads
//! entries alone and never asks the door's own rules.

use crate::den::{Den, OWNER, door};
use houseful_room::door::{GUESTS_MAX, Visibility, config};
use houseful_room::testkit::{Ask, Asked, Change, Observed, Replica, Rng, Workload};
use houseful_room::{AccountId, Principal, Refusal, Standing};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// People that fit.
const PLACES: usize = 3;
const TOKEN: &str = "m2Qk3C0m1XjQ9b7YwS4uWc0pJk8fLr6TzVhNd5aGxEo";
const HASH: &str = "f23eee9cf0a7d5b7bb2d26f3658e7288e7ca6e881783c7d95adefce4e97a8aa8";
const PEOPLE: u64 = 8;

/// People who want in.
#[derive(Clone, Copy)]
pub struct Porch;

/// What is known of the room from its entries.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Who is inside, lapsed or not.
    inside: BTreeSet<u64>,
    guests: BTreeMap<u64, String>,
    /// How many people the link still lets in, if it is there.
    uses: Option<u64>,
    came_by_link: BTreeSet<u64>,
    /// Places in line; 0 for those who are called.
    line: BTreeMap<u64, u64>,
    minimum: usize,
    phase: String,
}

impl Known {
    fn keeps(&self, account: u64) -> bool {
        account == OWNER || self.role(account) == "moderator"
    }

    fn role(&self, account: u64) -> &str {
        self.guests.get(&account).map_or("", String::as_str)
    }

    fn is_known(&self, account: u64) -> bool {
        self.keeps(account) || self.role(account) == "member"
    }

    fn is_full(&self) -> bool {
        self.inside.len() + self.line.len() >= PLACES
    }

    /// Whether somebody may come in, given what was before.
    fn may_enter(&self, account: u64) -> Result<(), String> {
        if !self.is_known(account) {
            return Err(format!("{account} comes in uninvited, as {:?}", self.role(account)));
        }
        let is_called = self.line.get(&account) == Some(&0);
        if !self.keeps(account) && !is_called && self.is_full() {
            return Err(format!("{account} comes in, and these are there: {self:?}"));
        }
        Ok(())
    }

    fn take(&mut self, entry: &Observed, change: &Change) -> Result<(), String> {
        let account = |key: &str| key.parse::<u64>().unwrap_or(0);
        match change {
            Change::Put(shape, key, _) if shape == "members" => {
                let account = account(key);
                if !self.inside.contains(&account) {
                    self.may_enter(account)?;
                }
                self.inside.insert(account);
            }
            Change::Del(shape, key) if shape == "members" => {
                self.inside.remove(&account(key));
            }
            Change::Put(shape, key, value) if shape == "guests" => {
                self.invited(entry, account(key), value)?;
            }
            Change::Del(shape, key) if shape == "guests" => drop(self.guests.remove(&account(key))),
            Change::Put(shape, _, value) if shape == "links" => self.uses = value["uses"].as_u64(),
            Change::Del(shape, _) if shape == "links" => {
                (self.uses, self.came_by_link) = (None, BTreeSet::new());
            }
            Change::Put(shape, key, value) if shape == "line" => {
                self.line.insert(account(key), value["place"].as_u64().ok_or("a place")?);
            }
            Change::Del(shape, key) if shape == "line" => drop(self.line.remove(&account(key))),
            Change::Cell(shape, value) if shape == "door" => {
                self.minimum = value["minimum"].as_u64().unwrap_or(0) as usize;
                self.phase = value["phase"].as_str().unwrap_or_default().to_owned();
            }
            _ => {}
        }
        Ok(())
    }

    fn invited(&mut self, entry: &Observed, account: u64, value: &Value) -> Result<(), String> {
        if entry.did == "room.redeem" {
            let is_new = self.came_by_link.insert(account);
            if self.uses.is_none_or(|uses| uses == 0) || !is_new {
                return Err(format!("{account} comes by a link that is spent: {self:?}"));
            }
        } else if !entry.by.is_some_and(|by| self.keeps(by.0)) {
            return Err(format!("{:?} invites {account}", entry.by));
        }
        self.guests.insert(account, value["role"].as_str().unwrap_or_default().to_owned());
        Ok(())
    }
}

/// Nobody moves back in the line, and nobody is called before those in front of them.
fn keep_order(before: &BTreeMap<u64, u64>, now: &BTreeMap<u64, u64>) -> Result<(), String> {
    for (account, was) in before {
        let Some(place) = now.get(account).filter(|place| *place != was) else { continue };
        let in_front = before.iter().filter(|(_, other)| (1..*was).contains(other));
        let mut waiting = in_front.filter(|(other, _)| now.get(other).is_some_and(|now| *now > 0));
        if place > was || *place == 0 && waiting.next().is_some() {
            return Err(format!("{account} goes from {was} to {place}: {before:?}, {now:?}"));
        }
    }
    Ok(())
}

fn ask(name: &'static str, body: String) -> Ask {
    Ask { name, body }
}

impl Workload for Porch {
    type App = Den;
    type Model = Known;

    fn config(&self) -> String {
        let mut door = door();
        (door.visibility, door.maximum) = (Visibility::Private, Some(PLACES as u32));
        (door.minimum, door.keeps_comings) = (2, true);
        config(&door, "{}")
    }

    fn people(&self) -> Vec<Principal> {
        let person = |account| Principal::person(AccountId(account), Standing::Attendee);
        let mut people: Vec<Principal> = (1..=PEOPLE).map(person).collect();
        people.extend([person(3), Principal::VISITOR]);
        people
    }

    fn next(&mut self, rng: &mut Rng, client: usize, _: &Replica) -> Option<Ask> {
        let whom = format!("{{\"account\":{}}}", 1 + rng.below(PEOPLE));
        if client > 0 {
            return Some(match rng.below(10) {
                0..7 => ask("push", "{}".into()),
                7 => ask("room.ban", whom),
                8 => ask("room.wait", "{}".into()),
                _ => ask("room.invite", whom),
            });
        }
        Some(match rng.below(20) {
            0..5 => ask("push", "{}".into()),
            5..9 => ask("room.invite", whom),
            9 => {
                let role = "\"role\":\"moderator\"";
                ask("room.invite", format!("{{\"account\":{},{role}}}", 2 + rng.below(2)))
            }
            10 => ask("room.uninvite", whom),
            11..14 => ask("room.ban", whom),
            14..16 => ask("room.unban", whom),
            16 => ask("room.kick", whom),
            17 | 18 => {
                ask("room.link", format!("{{\"hash\":\"{HASH}\",\"uses\":{}}}", 1 + rng.below(2)))
            }
            _ => ask("room.unlink", format!("{{\"hash\":\"{HASH}\"}}")),
        })
    }

    fn outside(&mut self, rng: &mut Rng, _: usize) -> Option<Ask> {
        Some(match rng.below(4) {
            0 => ask("push", "{}".into()),
            1 => ask("room.wait", "{}".into()),
            _ => ask("room.redeem", format!("{{\"token\":\"{TOKEN}\"}}")),
        })
    }

    /// Uninvited, banned, or before a full room.
    fn may_be_out(&self, model: &Known, who: &Principal) -> bool {
        let account = who.account.map_or(0, |account| account.0);
        !model.is_known(account) || !model.keeps(account) && model.is_full()
    }

    fn model(&self) -> Known {
        Known::default()
    }

    fn observe(&self, model: &mut Known, entry: &Observed) -> Result<(), String> {
        let before = model.clone();
        if entry.did == "push" {
            let by = entry.by.map_or(0, |by| by.0);
            let may =
                model.is_known(by) && (model.inside.contains(&by) || model.may_enter(by).is_ok());
            if model.phase == "waiting" || !may {
                return Err(format!("{by} pushes: {model:?}"));
            }
        }
        for (_, change) in entry.changes() {
            model.take(entry, change).map_err(|text| format!("entry {}: {text}", entry.seq))?;
        }
        keep_order(&before.line, &model.line)?;
        let has_started = before.phase == "waiting" && model.phase == "open";
        if has_started && model.inside.len() < model.minimum || model.guests.len() > GUESTS_MAX {
            return Err(format!("it starts with {model:?}"));
        }
        Ok(())
    }

    fn justifies(&self, model: &Known, asked: Asked<'_>, refusal: &Refusal) -> bool {
        let by = asked.by.0;
        let body: Value = serde_json::from_str(&asked.ask.body).unwrap_or_default();
        let whom = body["account"].as_u64().unwrap_or(0);
        match refusal.code {
            "not_allowed" => by != OWNER || whom == OWNER,
            "banned" => model.role(whom) == "banned",
            "not_invited" => !["member", "moderator"].contains(&model.role(whom)),
            "not_banned" => model.role(whom) != "banned",
            "not_started" => model.phase == "waiting",
            "room_full" => model.is_full() && !model.keeps(by),
            "in_line" => model.line.get(&by).is_some_and(|place| *place > 0),
            "not_full" => {
                !model.is_full()
                    || model.inside.contains(&by)
                    || model.keeps(by)
                    || model.line.contains_key(&by)
            }
            "no_such_link" => {
                let is_spent = model.uses.is_none_or(|uses| uses == 0);
                is_spent
                    || model.came_by_link.contains(&by)
                    || asked.ask.name == "room.redeem" && model.role(by) == "banned"
            }
            _ => false,
        }
    }
}
