//! The one binary: the command line, with the applications that Houseful comes with.

use houseful::app::apps;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    houseful::run(apps())
}
