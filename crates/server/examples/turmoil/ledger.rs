//! What everyone was told, what went wrong, and how far the world is. It is the memory of the whole simulation, beside
//! the network: nobody's message travels through it.

use crate::house::now;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::time::Duration;
use uuid::Uuid;

/// Shared by all hosts and the world itself.
pub type Shared = Rc<RefCell<Ledger>>;

/// How far the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The event is made, people sign up.
    Opening,
    /// Everything goes wrong.
    Faults,
    /// Nothing goes wrong any more: everything must come to its end.
    Calm,
}

/// An accepted command, as somebody was told.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub seq: u64,
    pub reply: Value,
}

/// What there is to count.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub commands: u64,
    pub refused: u64,
    pub repeated: u64,
    pub by_http: u64,
    pub connections: u64,
    pub resumed: u64,
    pub crashes: u64,
    pub stops: u64,
    pub cuts: u64,
    pub stalls: u64,
}

/// The memory of the simulation.
pub struct Ledger {
    pub phase: Phase,
    /// The room, once it is there.
    pub room: Option<String>,
    /// Buyers that have signed up.
    pub ready: usize,
    /// Buyers with nothing left to be answered, in the calm.
    pub settled: usize,
    pub told: BTreeMap<Uuid, Told>,
    /// Seats by the `book` that was accepted for them.
    pub booked: BTreeMap<u64, Uuid>,
    /// The seats that a newcomer was shown at a seq.
    pub shown: BTreeMap<u64, BTreeMap<String, Value>>,
    /// Until when each buyer's link is not to be blamed for what does not come.
    pub faulty_until: Vec<Duration>,
    pub counts: Counts,
    pub violations: Vec<String>,
    is_told_aloud: bool,
    trace: DefaultHasher,
}

impl Ledger {
    /// An empty one for so many buyers; `is_told_aloud` prints every line of the trace.
    pub fn new(buyers: usize, is_told_aloud: bool) -> Ledger {
        Ledger {
            phase: Phase::Opening,
            room: None,
            ready: 0,
            settled: 0,
            told: BTreeMap::new(),
            booked: BTreeMap::new(),
            shown: BTreeMap::new(),
            faulty_until: vec![Duration::ZERO; buyers],
            counts: Counts::default(),
            violations: Vec::new(),
            is_told_aloud,
            trace: DefaultHasher::new(),
        }
    }

    /// Adds a line to the trace.
    pub fn note(&mut self, at: Duration, who: &str, what: &str) {
        (at.as_micros(), who, what).hash(&mut self.trace);
        if self.is_told_aloud {
            println!("{:>9.3} {who:<9} {what}", at.as_secs_f64());
        }
    }

    /// A number that is the same if everything has happened in the same way at the same time.
    pub fn trace(&self) -> u64 {
        self.trace.finish()
    }

    /// Something that must not be.
    pub fn blame(&mut self, at: Duration, what: String) {
        self.note(at, "VIOLATION", &what);
        self.violations.push(format!("after {:.3} s: {what}", at.as_secs_f64()));
    }

    /// Somebody was told that a command was accepted: the same, however often it is told (R13), and no seat for two.
    pub fn accepted(&mut self, id: Uuid, name: &str, told: Told) {
        let at = now();
        if let Some(before) = self.told.get(&id) {
            self.counts.repeated += 1;
            if *before != told {
                let text = format!("{name} {id} was answered {before:?} and then {told:?}");
                self.blame(at, text);
            }
            return;
        }
        if name == "book" {
            let seats = told.reply["seats"].as_array().into_iter().flatten();
            for seat in seats.filter_map(|pair| pair[0].as_u64()) {
                if let Some(other) = self.booked.insert(seat, id) {
                    self.blame(at, format!("seat {seat} was sold by {other} and by {id}"));
                }
            }
        }
        self.told.insert(id, told);
    }

    /// A newcomer was shown this at a seq; at one seq everyone is shown the same.
    pub fn newcomer(&mut self, seq: u64, seats: BTreeMap<String, Value>) {
        if self.shown.get(&seq).is_some_and(|before| *before != seats) {
            self.blame(now(), format!("two newcomers were shown different seats at {seq}"));
        }
        self.shown.insert(seq, seats);
    }
}
