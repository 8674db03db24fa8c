//! The arrows between crates and between the server's modules, and the purity of the crates that decide.
//! The tables are the rule; a new arrow is a line here with its reason.

use super::{Finding, paths};
use crate::repo::SourceFile;

/// A crate and those of ours that it may depend on.
const CRATES: &[(&str, &[&str], &str)] = &[
    ("crates/room", &[], "the framework knows no application and no server"),
    ("crates/apps", &["houseful-room"], "an application sees the framework alone"),
    ("crates/wire", &[], "codecs are functions of bytes"),
    ("examples/quiz", &["houseful", "houseful-room"], "an application of one's own needs no other"),
    ("examples/buggy-ballot", &["houseful-room"], "an application sees the framework alone"),
    ("examples/buggy-raffle", &["houseful-room"], "an application sees the framework alone"),
    ("examples/buggy-tickets", &["houseful-room"], "an application sees the framework alone"),
    ("xtask", &["houseful-wire"], "the build tool generates from the frames and runs the rest"),
];

/// A module of the server, those that it must not import, and why.
const MODULES: &[(&str, &[&str], &str)] = &[
    ("gateway", &["db", "journal"], "a gateway asks the router, rooms and the store's traits"),
    ("router", &["gateway", "db"], "the router does not know where a command came from"),
    ("room", &["gateway", "router", "db"], "a room's turn knows its inputs and its journal only"),
    ("journal", &["gateway", "router", "room", "fanout", "db"], "drivers depend on the journal"),
    ("store", &["gateway", "router", "room", "fanout", "db"], "drivers depend on the store"),
    ("db", &["gateway", "router", "room", "fanout"], "a driver keeps what it is given"),
    (
        "fanout",
        &["gateway", "router", "room", "journal", "store", "db"],
        "fan-out carries bytes and knows no truth",
    ),
    ("accounts", &["gateway", "router", "room", "fanout", "db"], "it stands beside the flow"),
    ("notify", &["gateway", "db"], "it is told of committed facts and asks the store"),
    (
        "calls",
        &["gateway", "router", "room", "store", "db"],
        "it knows where one may call, not why",
    ),
    ("hooks", &["gateway", "router", "db"], "it is told of committed facts and asks the store"),
    ("limits", &["gateway", "router", "room", "fanout", "db", "app"], "limits are plain numbers"),
    ("clock", &["gateway", "router", "room", "fanout", "db", "app"], "everything may ask it"),
    ("config", &["gateway", "router", "room", "fanout", "db", "app"], "it is read once, first"),
];

/// Crates whose code must be replayable.
const PURE: &[&str] = &["crates/room", "crates/apps", "crates/wire"];

/// What a pure crate must not touch, by root and path, and what to do instead.
const IMPURE: &[(&str, &[&str], &str)] = &[
    (
        "std",
        &["time::Instant", "time::SystemTime", "time::UNIX_EPOCH"],
        "Time comes in as an argument.",
    ),
    ("std", &["net", "fs", "process", "env"], "Input and output belong to crates/server."),
    ("std", &["thread", "sync::mpsc"], "Whoever calls decides about threads."),
    ("tokio", &[""], "Whoever calls decides about tasks."),
    ("rand", &[""], "Randomness comes in as an argument."),
    ("getrandom", &[""], "Randomness comes in as an argument."),
];

/// Each crate depends on those of ours that its line allows.
pub fn check_crates(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, allowed, reason) in CRATES {
        let path = format!("{folder}/Cargo.toml");
        let Some(file) = files.iter().find(|file| file.path == path) else { continue };
        for (number, line) in file.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            // A crate may be its own dev-dependency: its tests switch features on that way.
            let is_own = line.contains("path = \".\"");
            if name.starts_with("houseful") && !allowed.contains(&name) && !is_own {
                let message =
                    format!("{folder} must not depend on {name}: {reason}. Turn it round.");
                findings.push(Finding::at(file, number, message));
            }
        }
    }
    findings
}

/// The server's modules import along the flow.
pub fn check_modules(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "rs") {
        let Some(inside) = file.path.strip_prefix("crates/server/src/") else { continue };
        let module = inside.split(['/', '.']).next().unwrap_or_default();
        let Some((_, banned, reason)) = MODULES.iter().find(|(name, ..)| *name == module) else {
            continue;
        };
        for used in paths::used(&file.text, "crate") {
            if let Some(other) = banned.iter().find(|other| used.is_within(other)) {
                let message = format!(
                    "{module} must not import {other}: {reason}. Pass it in from app.rs, or move it."
                );
                findings.push(Finding::at(file, used.line, message));
            }
        }
    }
    findings
}

/// The crates that decide know no clock, socket, disk, thread or randomness.
pub fn check_purity(files: &[SourceFile]) -> Vec<Finding> {
    let is_pure = |file: &&SourceFile| {
        let inside = PURE.iter().any(|folder| file.path.starts_with(&format!("{folder}/src/")));
        inside && file.extension() == "rs"
    };
    let mut findings = Vec::new();
    for file in files.iter().filter(is_pure) {
        for (root, banned, remedy) in IMPURE {
            for used in paths::used(&file.text, root) {
                if banned.iter().any(|path| path.is_empty() || used.is_within(path)) {
                    let message = format!(
                        "Uses {root}::{} in a crate that must stay pure. {remedy}",
                        used.path
                    );
                    findings.push(Finding::at(file, used.line, message));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{check_crates, check_modules, check_purity};
    use crate::repo::SourceFile;
    use crate::tidy::Finding;

    fn places(check: fn(&[SourceFile]) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
        let files = [SourceFile { path: path.into(), text: text.into() }];
        check(&files).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn crates_depend_one_way() {
        let text = "[dependencies]\nhouseful-room.workspace = true\nhouseful = { path = \"..\" }\n";
        assert_eq!(
            places(check_crates, "crates/apps/Cargo.toml", text),
            ["crates/apps/Cargo.toml:3"]
        );
        assert_eq!(places(check_crates, "crates/wire/Cargo.toml", text).len(), 2);
        assert!(places(check_crates, "crates/server/Cargo.toml", text).is_empty());
    }

    #[test]
    fn modules_import_along_the_flow() {
        let text = "use crate::{limits, router::Router};\nuse crate::gateway;\n// crate::gateway\n";
        let path = "crates/server/src/fanout/shard.rs";
        assert_eq!(places(check_modules, path, text), [format!("{path}:1"), format!("{path}:2")]);
        assert!(places(check_modules, "crates/server/src/app.rs", text).is_empty());
    }

    #[test]
    fn pure_crates_know_no_clock() {
        let text =
            "use std::time::{Duration, Instant};\nuse std::fmt;\nfn f() { tokio::spawn(x); }\n";
        let path = "crates/room/src/turn.rs";
        assert_eq!(places(check_purity, path, text), [format!("{path}:1"), format!("{path}:3")]);
        assert!(places(check_purity, "crates/room/tests/turn.rs", text).is_empty());
    }
}
