//! The library that lets the disk fail (`shim.c`), compiled when it is needed, and how a server is told
//! to load it. The server has no switch of its own that would weaken it.

use crate::test::process::Run;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Linux's numbers.
pub const EIO: i32 = 5;
/// See [`EIO`].
pub const ENOSPC: i32 = 28;

/// The database with its log and index.
const DATABASE: &str = "houseful.db";
/// The log alone.
const LOG: &str = "houseful.db-wal";

/// A compiled shim.
pub struct Shim {
    library: PathBuf,
    armed: PathBuf,
}

impl Shim {
    /// Compiles it into a folder.
    pub fn build(folder: &Path) -> Result<Shim> {
        let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
        std::fs::write(&source, include_str!("shim.c"))?;
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-o"]).arg(&library);
        compiler.arg(&source).arg("-ldl");
        Run::of(compiler).must_succeed()?;
        Ok(Shim { library, armed: folder.join("armed") })
    }

    /// The environment in which one such call fails after `arm`. No number: it is left out instead.
    pub fn one(&self, call: &str, errno: Option<i32>) -> Vec<(String, String)> {
        let mut environment = self.environment(call, DATABASE, errno);
        environment.push(("FAULT_ARMED".to_owned(), self.armed.display().to_string()));
        environment
    }

    /// The environment in which the log is never flushed, which is what SQLite's `synchronous=NORMAL`
    /// leaves out at a commit.
    pub fn unflushed(&self) -> Vec<(String, String)> {
        self.environment("flush", LOG, None)
    }

    /// Lets the nth call from now on fail.
    pub fn arm(&self, nth: u64) -> Result<()> {
        let new = self.armed.with_extension("new");
        std::fs::write(&new, nth.to_string())?;
        Ok(std::fs::rename(new, &self.armed)?)
    }

    /// No call is counted any more.
    pub fn disarm(&self) {
        // It is gone if the fault has happened.
        let _ = std::fs::remove_file(&self.armed);
    }

    /// Whether the fault has happened since `arm`.
    pub fn has_happened(&self) -> bool {
        !self.armed.exists()
    }

    fn environment(&self, call: &str, file: &str, errno: Option<i32>) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("LD_PRELOAD", self.library.display().to_string()),
            pair("FAULT_CALL", call.to_owned()),
            pair("FAULT_FILE", file.to_owned()),
            pair("FAULT_ERRNO", errno.unwrap_or(0).to_string()),
        ]
    }
}
