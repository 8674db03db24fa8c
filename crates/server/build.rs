//! Puts the web application beside the binary's code. It never fails the build: without Node, or when the
//! web build fails, a small page says what is missing.

#![expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by variables")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const SOURCES: [&str; 10] = [
    "package.json",
    "package-lock.json",
    "app/src",
    "app/public",
    "app/index.html",
    "app/vite.config.ts",
    "app/offline.ts",
    "app/package.json",
    "packages/client/src",
    "packages/client/package.json",
];

const MISSING: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Houseful</title>\
<h1>The page is not built in</h1><p>This server was built without its web application: Node was not \
found, or its build failed. Install Node 20 or later and build again; the build's warning says more. \
The interface under <a href=/api>/api</a> works.</p></html>";

fn main() {
    println!("cargo::rerun-if-env-changed=HOUSEFUL_WEB_DIST");
    let Some(out) = env::var_os("OUT_DIR").map(|out| PathBuf::from(out).join("web")) else {
        return;
    };
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    let _ = fs::remove_dir_all(&out);
    let built = match env::var_os("HOUSEFUL_WEB_DIST") {
        Some(dist) => copy(Path::new(&dist), &out).map_err(|error| error.to_string()),
        None => build(&web, &out),
    };
    if let Err(reason) = built {
        println!("cargo::warning=the page is not built in: {reason}");
        let _ = fs::create_dir_all(&out);
        let _ = fs::write(out.join("index.html"), MISSING);
    }
}

fn build(web: &Path, out: &Path) -> Result<(), String> {
    if !web.join("package-lock.json").is_file() {
        return Err("there is no folder web/".into());
    }
    let lock = fs::read(web.join("package-lock.json")).map_err(|error| error.to_string())?;
    let stamp = web.join("node_modules/.houseful-lock");
    if fs::read(&stamp).ok().as_ref() != Some(&lock) {
        run(web, &["ci", "--no-audit", "--no-fund"])?;
        fs::write(&stamp, &lock).map_err(|error| error.to_string())?;
    }
    let out = out.to_str().ok_or("the output folder's name is not text")?;
    run(web, &["run", "build", "--workspace", "app", "--", "--outDir", out, "--emptyOutDir"])
}

fn run(web: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("npm").args(arguments).current_dir(web).output();
    let output = output.map_err(|error| format!("npm cannot be run ({error})"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = said.lines().rev().take(3).collect();
    Err(format!("npm {} failed: {}", arguments[..2].join(" "), last.join(" | ")))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
