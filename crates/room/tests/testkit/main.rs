//! The test kit on a small application, one binary. A test named after a rule proves that rule.

mod den;
mod disk;
mod door;
mod kiosk;
mod manners;
mod panics;
mod parlour;
mod porch;
mod presence;
mod script;
mod simulation;
