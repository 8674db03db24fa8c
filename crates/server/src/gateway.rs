//! The ways in: it decodes, authenticates and limits, and hands on. No rule of the product is here.

pub mod api;
pub mod extract;
pub mod origin;
pub mod problem;
