//! What the machine must have beyond Rust: looked for first, installed where that is possible, and named
//! with its remedy where it is not.

use super::counts::Counts;
use super::process::{Run, succeeds};
use anyhow::{Context, Result, bail};
use std::process::Command;

/// Debian packages, each with the program that shows that it is there.
const PACKAGES: &[(&str, &str)] = &[
    ("chromium", "chromium"),
    ("xfsprogs", "mkfs.xfs"),
    ("e2fsprogs", "mkfs.ext4"),
    ("faketime", "faketime"),
    ("python3-aiosmtpd", "aiosmtpd"),
    ("poppler-utils", "pdftoppm"),
    ("zbar-tools", "zbarimg"),
];

/// The oldest Node that the web tools run on.
const NODE_MAJOR_MIN: u32 = 20;

/// Checks the tools and installs the packages that are missing.
pub fn prepare() -> Result<Counts> {
    for (component, program) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        if !succeeds(program, &["--version"]) {
            bail!("{component} is missing: run `rustup component add {component}`");
        }
    }
    check_node()?;
    let is_there =
        |program: &str| ["--version", "-V", "-v"].iter().any(|flag| succeeds(program, &[flag]));
    let is_missing = |(_, program): &&(&str, &str)| !is_there(program);
    let missing: Vec<&str> = PACKAGES.iter().filter(is_missing).map(|package| package.0).collect();
    if !missing.is_empty() {
        install(&missing).with_context(|| {
            format!("install these by hand and run again: {}", missing.join(" "))
        })?;
    }
    Ok(Counts::NONE)
}

fn check_node() -> Result<()> {
    let output = Command::new("node").arg("--version").output();
    let output = output.context("Node is missing: install Node 20 or newer, with npm")?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major: Option<u32> =
        version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    match major {
        Some(major) if major >= NODE_MAJOR_MIN => Ok(()),
        _ => bail!("Node {version} is too old: install Node {NODE_MAJOR_MIN} or newer"),
    }
}

fn install(packages: &[&str]) -> Result<()> {
    if !succeeds("apt-get", &["--version"]) {
        bail!("this machine has no apt-get");
    }
    let id = Command::new("id").arg("-u").output().context("cannot ask who runs this")?;
    let prefix: &[&str] = match id.stdout.trim_ascii() {
        b"0" => &[],
        _ if succeeds("sudo", &["-n", "true"]) => &["sudo", "-n"],
        _ => bail!("not root, and sudo is missing or asks for a password"),
    };
    let apt = |arguments: &[&str]| {
        let environment = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
        let words = [prefix, environment.as_slice(), arguments].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        Run::of(command).must_succeed()
    };
    apt(&["update"])?;
    apt(&[["install", "--yes", "--no-install-recommends"].as_slice(), packages].concat())?;
    Ok(())
}
