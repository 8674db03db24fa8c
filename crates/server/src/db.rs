//! The drivers of the journal and the store: a file, or memory. Nothing outside speaks SQL, and no
//! rule of the product is in here.

pub mod memory;
pub mod sqlite;

use crate::config::Config;
use crate::journal::Journal;
use crate::store::Store;
use sqlite::{Options, Sqlite, exit_on_fatal};
use std::sync::Arc;

/// An opened database: what must outlive the process. It closes with the last of its copies.
#[derive(Clone)]
pub struct Database {
    /// The truth of all rooms.
    pub journal: Arc<dyn Journal>,
    /// Everything else.
    pub store: Arc<dyn Store>,
}

/// Opens a database, when its turn has come.
pub type Opener = Box<dyn FnOnce(&Config) -> anyhow::Result<Database> + Send>;

/// Opens the database of the data folder; the process ends when it cannot be trusted to have written.
pub fn open(config: &Config) -> anyhow::Result<Database> {
    let options = Options { folder: config.data.clone(), fatal: exit_on_fatal };
    let database = Arc::new(Sqlite::open(&options)?);
    Ok(Database { journal: database.clone(), store: database })
}
