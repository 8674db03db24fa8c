//! The drivers of the journal and the store: a file, or memory. Nothing outside speaks SQL, and no
//! rule of the product is in here.

pub mod memory;
pub mod sqlite;
