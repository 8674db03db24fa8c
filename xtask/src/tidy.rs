//! Checks what compilers cannot, and names the remedy with every finding. It changes nothing.

mod dialects;
mod imports;
mod paths;
mod proofs;
mod protocol;
mod text;

use crate::repo::{self, SourceFile};
use anyhow::{Result, bail};

/// What is wrong, where, and what to do instead.
pub struct Finding {
    /// Path and line.
    pub place: String,
    /// Both sentences.
    pub message: String,
}

impl Finding {
    fn at(file: &SourceFile, line: usize, message: impl Into<String>) -> Self {
        let place = format!("{}:{line}", file.path);
        Self { place, message: message.into() }
    }
}

/// A check looks at all files and answers its findings.
type Check = fn(&[SourceFile]) -> Vec<Finding>;

const CHECKS: &[Check] = &[
    text::check_openings,
    text::check_sizes,
    text::check_names,
    text::check_words,
    dialects::check_dialects,
    imports::check_crates,
    imports::check_modules,
    imports::check_purity,
    protocol::check_rules,
    proofs::check_proofs,
];

/// Runs every check; fails if one has a finding.
pub fn run() -> Result<()> {
    let files = repo::source_files()?;
    let findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(&files)).collect();
    for finding in &findings {
        eprintln!("{}: {}", finding.place, finding.message);
    }
    match findings.len() {
        0 => Ok(()),
        count => bail!("tidy: {count} findings in {} files", files.len()),
    }
}
