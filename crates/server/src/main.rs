//! The one binary: reads the command line, runs one of its commands, says what went wrong.

mod cli;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::run(cli::Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("houseful: {error:#}");
            ExitCode::FAILURE
        }
    }
}
