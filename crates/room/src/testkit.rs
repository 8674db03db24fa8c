//! What tests of rooms are made of: seeded randomness, virtual clocks, copies as clients keep them, a
//! disk that fails, a script for one room, a world of faults. Never part of the server.
//!
//! For an application of one's own, from the cheapest test to the dearest:
//!
//! - [`Script`]: a story. People join, ask, lose their connection; time passes; power fails. It never waits, and
//!   it asks for [`RoomApp::check`](crate::RoomApp::check) after each step. Fed with steps that proptest makes, it is
//!   a property test, and what fails is shrunk to the few steps that matter.
//! - [`same_for`]: the leak test. A story is played in two worlds that differ in a secret; who may not know it must
//!   hear the same in both.
//! - [`run`]: a [`Workload`] in the world of faults. Messages are lost, repeated and late, clocks jump, processes
//!   die, disks fail; a checker of yours follows the journal. The same seed is the same run; [`trace`] tells it line
//!   by line.
//! - [`same_again`]: a seed run twice. What differs was decided by something that is not in the room: a clock, the
//!   order of a hash map, a thread.
//!
//! `examples/buggy-tickets`, `buggy-ballot` and `buggy-raffle` each have a mistake that one of these finds.

mod clock;
mod disk;
mod rng;
mod script;
mod twice;
mod workload;
mod world;

pub use crate::replica::{Applied, Change, Piece, Replica};
pub use clock::Clock;
pub use disk::{Disk, Flushed, Log, Record, Site};
pub use rng::Rng;
pub use script::{Guest, Script};
pub use twice::{same_again, same_for};
pub use workload::{Ask, Asked, Observed, Workload};
pub use world::{Failure, Report, Stats, Violation, run, trace};
