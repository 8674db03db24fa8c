//! What tests of rooms are made of: seeded randomness, virtual clocks, copies as clients keep them, a
//! disk that fails, a script for one room, a world of faults. Never part of the server.

mod clock;
mod disk;
mod replica;
mod rng;
mod script;
mod workload;
mod world;

pub use clock::Clock;
pub use disk::{Disk, Flushed, Log, Record, Site};
pub use replica::{Applied, Change, Piece, Replica};
pub use rng::Rng;
pub use script::{Guest, Script};
pub use workload::{Ask, Asked, Observed, Workload};
pub use world::{Failure, Report, Stats, Violation, run, trace};
