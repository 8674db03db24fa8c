//! `bench together`: how long it takes until the clients of older systems see what one of them did. The clients are
//! the published ones, so the measuring is theirs: `web/dialects/bench.mjs`.

use super::Wire;
use crate::client::process::binary;
use crate::repo;
use crate::test::process::Run;
use anyhow::Result;
use std::process::Command;

/// Runs the clients; they print.
pub fn run(wire: &Wire) -> Result<()> {
    let mut command = Command::new("node");
    command.arg("dialects/bench.mjs").current_dir(repo::root().join("web"));
    command.env("HOUSEFUL", binary(wire.binary.as_deref())?);
    Run::of(command).must_succeed().map(drop)
}
