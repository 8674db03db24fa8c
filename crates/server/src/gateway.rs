//! Every way in.

pub mod live;
