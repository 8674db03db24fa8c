//! Writes the files that are made from the Rust types, or says that they are stale. The same types always
//! give the same text. One file may be made from one above it in the list, never from one below.

use crate::repo;
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;

/// A generated file and what makes it.
struct Generated {
    path: &'static str,
    make: fn() -> Result<String>,
}

const FILES: &[Generated] = &[
    Generated {
        path: "web/packages/client/src/frames.gen.ts",
        make: || Ok(houseful_wire::typescript::declarations()),
    },
    Generated { path: OPENAPI, make: openapi },
    Generated { path: "web/app/src/api/schema.gen.ts", make: page_types },
];

const OPENAPI: &str = "docs/openapi.json";

/// The server's own description of its HTTP interface.
fn openapi() -> Result<String> {
    let arguments = ["run", "--package", "houseful", "--example", "openapi"];
    let output = Command::new("cargo").args(arguments).current_dir(repo::root()).output()?;
    if !output.status.success() {
        bail!("the example openapi failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The page's types for that description. It is read from the file, which is written, or found stale,
/// before this.
fn page_types() -> Result<String> {
    let web = repo::root().join("web");
    if !web.join("node_modules/openapi-typescript").is_dir() {
        bail!("openapi-typescript is not installed: run `npm ci` in web/ first");
    }
    let description = format!("../{OPENAPI}");
    let mut command = Command::new("npx");
    command.args(["--no-install", "openapi-typescript", &description, "--empty-objects-unknown"]);
    let output = command.current_dir(web).output().context("cannot run npx")?;
    if !output.status.success() {
        bail!("openapi-typescript failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Writes what differs; with `check`, only names it and fails.
pub fn run(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for Generated { path, make } in FILES {
        let (file, text) = (repo::root().join(path), make()?);
        if fs::read_to_string(&file).is_ok_and(|old| old == text) {
            continue;
        }
        stale.push(*path);
        if !check {
            let folder = file.parent().context("a generated file lies in a folder")?;
            fs::create_dir_all(folder)?;
            fs::write(&file, text).with_context(|| file.display().to_string())?;
            println!("wrote {path}");
        }
    }
    if check && !stale.is_empty() {
        bail!("stale: {}. Run `cargo xtask gen` and commit the result.", stale.join(", "));
    }
    Ok(())
}
