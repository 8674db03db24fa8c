//! A quiz in a world of faults: who comes, what they ask for, and a checker that follows the journal by itself. It
//! never calls the quiz's own rules.

use houseful_room::planted::Bug;
use houseful_room::testkit::{Ask, Asked, Change, Observed, Replica, Rng, Workload, run};
use houseful_room::{AccountId, Audience, Principal, Refusal};
use quiz::Quiz;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Five people, one of them in two windows, and somebody who looks.
#[derive(Clone)]
struct Evening;

/// What the checker knows.
#[derive(Clone, Default)]
struct Model {
    members: BTreeSet<u64>,
    host: Option<u64>,
    question: Option<Asking>,
    answers: BTreeMap<u64, u64>,
    scores: BTreeMap<u64, u64>,
}

#[derive(Clone)]
struct Asking {
    no: u64,
    right: u64,
    choices: usize,
    is_open: bool,
    since_ms: u64,
    lasts_ms: u64,
    term: u64,
}

fn person(account: u64) -> Principal {
    let mut person = Principal::VISITOR;
    person.account = Some(AccountId(account));
    person
}

impl Workload for Evening {
    type App = Quiz;
    type Model = Model;

    fn config(&self) -> String {
        "{}".to_owned()
    }

    fn people(&self) -> Vec<Principal> {
        let mut people: Vec<Principal> = (1..=5).map(person).collect();
        people.extend([person(3), Principal::VISITOR]);
        people
    }

    fn next(&mut self, rng: &mut Rng, client: usize, copy: &Replica) -> Option<Ask> {
        let me = self.people().get(client)?.account?.0;
        let is_host = copy.cell("chair").is_some_and(|chair| chair["host"] == me);
        let question = copy.cell("question").cloned().unwrap_or_default();
        let no = question["no"].as_u64().unwrap_or(1);
        let answer = json!({ "no": no + rng.below(20) / 19, "choice": rng.below(13) / 3 });
        let ask = json!({ "text": "Which?", "choices": ["a", "b", "c", "d"],
            "right": rng.below(4), "seconds": rng.between(5, 8) });
        let (name, body) = match rng.below(100) {
            0..40 if is_host => ("ask", ask),
            40..60 if is_host => ("reveal", json!({})),
            60..70 if is_host => ("step_down", json!({})),
            0..15 => ("host", json!({})),
            15..18 => ("ask", ask),
            18..21 => ("reveal", json!({})),
            _ => ("answer", answer),
        };
        Some(Ask { name, body: body.to_string() })
    }

    fn model(&self) -> Model {
        Model::default()
    }

    fn observe(&self, model: &mut Model, entry: &Observed) -> Result<(), String> {
        let was = model.clone();
        let mut revealed = None;
        for (audience, change) in entry.changes() {
            model.take(audience, change, entry, &mut revealed)?;
        }
        if let Some(outcome) = revealed {
            model.must_be_counted(&was, entry, &outcome)?;
        } else if model.scores != was.scores {
            return Err("I1: points without a question that ended".to_owned());
        }
        let is_open = model.question.as_ref().is_some_and(|question| question.is_open);
        if is_open && model.host.is_none() {
            return Err("I1: a question without a host".to_owned());
        }
        Ok(())
    }

    fn justifies(&self, model: &Model, asked: Asked<'_>, refusal: &Refusal) -> bool {
        let body: Value = serde_json::from_str(&asked.ask.body).unwrap_or_default();
        let by = asked.by.0;
        let question = model.question.as_ref();
        let is_open = question.is_some_and(|question| question.is_open);
        match (refusal.code, asked.ask.name) {
            ("not_here", "host") => !model.members.contains(&by),
            ("chair_taken", "host") => model.host.is_some_and(|host| host != by),
            ("not_allowed", _) => model.host != Some(by),
            ("question_open", "ask") => is_open,
            ("no_question", "reveal") => !is_open,
            ("no_question", "answer") => question.is_none(),
            ("too_late", "answer") => !is_open || question.is_some_and(|q| body["no"] != q.no),
            ("invalid_command", "answer") => {
                question.is_some_and(|q| body["choice"].as_u64() >= Some(q.choices as u64))
            }
            ("host_knows", "answer") => model.host == Some(by),
            ("already_answered", "answer") => model.answers.contains_key(&by),
            _ => false,
        }
    }

    fn finish(&self, model: &Model, _: u64) -> Result<(), String> {
        match &model.question {
            Some(Asking { no, is_open: true, .. }) => Err(format!("question {no} never ended")),
            _ => Ok(()),
        }
    }
}

impl Model {
    fn take(
        &mut self,
        audience: &Audience,
        change: &Change,
        entry: &Observed,
        revealed: &mut Option<Value>,
    ) -> Result<(), String> {
        let by = entry.by.map(|by| by.0);
        match change {
            Change::Put(shape, key, _) if shape == "members" => {
                self.members.extend(key.parse::<u64>());
            }
            Change::Del(shape, key) if shape == "members" => {
                self.members.retain(|member| member.to_string() != *key);
            }
            Change::Cell(shape, value) if shape == "chair" => {
                self.host = value["host"].as_u64();
                if self.host.is_some() && (self.host != by || entry.did != "host") {
                    return Err(format!("I1: {by:?} put {:?} into the chair", self.host));
                }
            }
            Change::Cell(shape, right) if shape == "key" => {
                if *audience != Audience::role("host") {
                    return Err(format!("I7: the key is shown to {audience}"));
                }
                let right = right.as_u64().unwrap_or(99);
                self.question.iter_mut().for_each(|question| question.right = right);
            }
            Change::Cell(shape, value) if shape == "question" => match &value["outcome"] {
                Value::Null => self.ask(value, entry)?,
                outcome => *revealed = Some(outcome.clone()),
            },
            Change::Put(shape, key, choice) if shape == "answers" => {
                self.answer(audience, key, choice, entry)?;
            }
            Change::Del(shape, key) if shape == "answers" => {
                self.answers.retain(|who, _| who.to_string() != *key);
            }
            Change::Put(shape, key, points) if shape == "scores" => {
                let account = key.parse().map_err(|_| format!("no account: {key}"))?;
                self.scores.insert(account, points.as_u64().unwrap_or(0));
            }
            _ => {}
        }
        Ok(())
    }

    fn ask(&mut self, value: &Value, entry: &Observed) -> Result<(), String> {
        let (no, until) = (value["no"].as_u64().unwrap_or(0), value["until"].as_i64().unwrap_or(0));
        let last = self.question.as_ref().map_or(0, |question| question.no);
        if entry.did != "ask" {
            // Only the time may be promised anew.
            return if no == last { Ok(()) } else { Err(format!("I1: {} asked {no}", entry.did)) };
        }
        let is_open = self.question.as_ref().is_some_and(|question| question.is_open);
        if is_open || no != last + 1 || entry.by.map(|by| by.0) != self.host {
            return Err(format!("I1: question {no} after {last}, by {:?}", entry.by));
        }
        let choices = value["choices"].as_array().map_or(0, Vec::len);
        // The key comes in another piece of the same entry, before or after this one.
        let right = entry.changes().find_map(|(_, change)| match change {
            Change::Cell(shape, right) if shape == "key" => right.as_u64(),
            _ => None,
        });
        let lasts_ms = (until - entry.at.ms()).unsigned_abs();
        let (since_ms, term) = (entry.true_ms, entry.term);
        let right = right.unwrap_or(99);
        self.question =
            Some(Asking { no, right, choices, is_open: true, since_ms, lasts_ms, term });
        Ok(())
    }

    fn answer(
        &mut self,
        audience: &Audience,
        key: &str,
        choice: &Value,
        entry: &Observed,
    ) -> Result<(), String> {
        let by = entry.by.ok_or("an answer of nobody")?;
        if *audience != Audience::Member(by) || key != by.to_string() {
            return Err(format!("I7: the answer of {by} is {key}'s, and shown to {audience}"));
        }
        let is_open = self.question.as_ref().is_some_and(|question| question.is_open);
        if !is_open || self.host == Some(by.0) {
            return Err(format!("I1: {by} may not answer"));
        }
        match self.answers.insert(by.0, choice.as_u64().unwrap_or(99)) {
            None => Ok(()),
            Some(_) => Err(format!("I1: {by} answered twice")),
        }
    }

    /// The end of a question: not before its time, and counted right.
    fn must_be_counted(
        &mut self,
        was: &Model,
        entry: &Observed,
        outcome: &Value,
    ) -> Result<(), String> {
        let question = self.question.as_mut().filter(|question| question.is_open);
        let question = question.ok_or("I1: a question ended that was not open")?;
        question.is_open = false;
        let lasted = entry.true_ms - question.since_ms;
        if entry.is_timer() && lasted < question.lasts_ms && entry.term - question.term <= 3 {
            return Err(format!("I3: question {} lasted {lasted} ms", question.no));
        }
        let mut counts = vec![0; question.choices];
        let mut scores = was.scores.clone();
        for (who, choice) in &was.answers {
            counts[*choice as usize] += 1;
            if *choice == question.right {
                *scores.entry(*who).or_default() += 1;
            }
        }
        if *outcome != json!({ "right": question.right, "counts": counts }) {
            return Err(format!("I1: {outcome} is not what {:?} come to", was.answers));
        }
        if scores != self.scores {
            return Err(format!("I1: {:?} are not {scores:?}", self.scores));
        }
        Ok(())
    }
}

#[test]
fn nothing_is_wrong_with_the_quiz() {
    for seed in 0..60 {
        if let Err(failure) = run(Evening, seed, None) {
            panic!("{failure}");
        }
    }
}

#[test]
fn bugs_that_are_planted_in_the_framework_are_found() {
    for bug in [Bug::AudienceLeak, Bug::GapIgnored, Bug::NoTermFence] {
        let found = (0..60).any(|seed| run(Evening, seed, Some(bug)).is_err());
        assert!(found, "{bug:?} is not found");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(run(Evening, 3, None), run(Evening, 3, None));
}
