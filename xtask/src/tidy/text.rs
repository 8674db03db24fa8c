//! Checks of files as text: how they open, how long they are, what they are called, and words that must
//! not be in them.

use super::Finding;
use crate::repo::SourceFile;

const LINES_MAX: usize = 500;
const TEST_LINES_MAX: usize = 600;
const CODE_COLUMNS_MAX: usize = 100;
const TEXT_COLUMNS_MAX: usize = 120;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "types", "helpers", "misc"];

/// Words and why they must not be committed. Written in halves, so that this file may hold them.
const WORDS: &[(&str, &str, &str)] = &[
    (concat!("todo", "!("), "rs", "Finish it, or return an error that says what is missing."),
    (concat!("unimplemented", "!("), "rs", "Finish it, or return an error that says so."),
    (concat!("/tm", "p/"), "", "A path of one machine: ask the system for a temporary folder."),
    (concat!("/wor", "k/"), "", "A path of one machine: make it relative to the project."),
];

/// Every Rust file opens with one sentence on what it is and must never do.
pub fn check_openings(files: &[SourceFile]) -> Vec<Finding> {
    let message =
        "Does not open with `//!`. Begin with a sentence: what it is, what it must never do.";
    files
        .iter()
        .filter(|file| file.extension() == "rs" && !file.text.starts_with("//!"))
        .map(|file| Finding::at(file, 1, message))
        .collect()
}

/// No file is longer than a reader's patience, and no line is wider than a page.
pub fn check_sizes(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_code(file)) {
        let limit = if is_test(&file.path) { TEST_LINES_MAX } else { LINES_MAX };
        let count = file.text.lines().count();
        if count > limit {
            let message =
                format!("Has {count} lines, over {limit}. Move one concern to its own file.");
            findings.push(Finding::at(file, limit, message));
        }
        if file.extension() == "rs" {
            findings.extend(long_lines(file));
        }
    }
    findings
}

/// What the formatter breaks for us, and what it must leave alone: comments and lines with a text in them, which
/// may be wider, and golden texts, which nobody can break.
fn long_lines(file: &SourceFile) -> impl Iterator<Item = Finding> {
    file.lines().filter(|(_, line)| !line.contains("r#\"")).filter_map(|(number, line)| {
        let is_text = line.trim_start().starts_with("//") || line.contains(['"', '\\']);
        let limit = if is_text { TEXT_COLUMNS_MAX } else { CODE_COLUMNS_MAX };
        let columns = line.chars().count();
        let message = format!("Has {columns} columns, over {limit}. Break the line.");
        (columns > limit).then(|| Finding::at(file, number, message))
    })
}

/// Files and folders are called by what they do.
pub fn check_names(files: &[SourceFile]) -> Vec<Finding> {
    files
        .iter()
        .filter(|file| is_code(file))
        .filter_map(|file| {
            let mut parts = file.path.split('/').map(|part| part.split('.').next().unwrap_or(part));
            let name = parts.find(|part| EMPTY_NAMES.contains(part))?;
            let message =
                format!("Is called `{name}`, which says nothing. Name it by what it does.");
            Some(Finding::at(file, 1, message))
        })
        .collect()
}

/// No unfinished code, no paths of one machine, no registry addresses in lock files.
pub fn check_words(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let is_lock = file.path.ends_with("package-lock.json");
        for (number, line) in file.lines() {
            if is_lock && line.contains("\"resolved\": \"http") {
                let remedy =
                    "Names a registry. Set omit-lockfile-registry-resolved=true in .npmrc.";
                findings.push(Finding::at(file, number, remedy));
            }
            for (word, extension, remedy) in WORDS {
                let applies = extension.is_empty() || *extension == file.extension();
                if applies && !file.is_generated() && line.contains(word) {
                    findings.push(Finding::at(file, number, format!("Has `{word}`. {remedy}")));
                }
            }
        }
    }
    findings
}

fn is_code(file: &SourceFile) -> bool {
    matches!(file.extension(), "rs" | "ts" | "js" | "mjs" | "svelte") && !file.is_generated()
}

fn is_test(path: &str) -> bool {
    let is_in_folder = path.split('/').any(|part| matches!(part, "tests" | "test" | "e2e"));
    is_in_folder || path.ends_with("tests.rs") || path.contains(".test.") || path.contains(".spec.")
}

#[cfg(test)]
mod tests {
    use super::{check_names, check_openings, check_sizes, check_words};
    use crate::repo::SourceFile;
    use crate::tidy::Finding;

    fn count(check: fn(&[SourceFile]) -> Vec<Finding>, path: &str, text: &str) -> usize {
        check(&[SourceFile { path: path.into(), text: text.into() }]).len()
    }

    #[test]
    fn files_open_with_a_sentence_and_end_in_time() {
        assert_eq!(count(check_openings, "a/b.rs", "use std::fmt;\n"), 1);
        assert_eq!(count(check_openings, "a/b.rs", "//! What it is.\n"), 0);
        let lines = "x\n".repeat(550);
        assert_eq!(count(check_sizes, "a/src/b.rs", &lines), 1);
        assert_eq!(count(check_sizes, "a/tests/b.rs", &lines), 0);
        assert_eq!(count(check_sizes, "web/b.gen.ts", &lines), 0);
    }

    #[test]
    fn lines_are_no_wider_than_a_page() {
        let findings = |line: &str| count(check_sizes, "a/src/b.rs", line);
        let line = |columns: usize| format!("x{}", " ".repeat(columns - 1));
        assert_eq!((findings(&line(100)), findings(&line(101))), (0, 1));
        let comment = |columns: usize| format!("// {}", "é".repeat(columns - 3));
        assert_eq!((findings(&comment(120)), findings(&comment(121))), (0, 1));
        let text = |columns: usize| format!("f(\"{}\")", "x".repeat(columns - 5));
        assert_eq!((findings(&text(120)), findings(&text(121))), (0, 1));
        assert_eq!(findings(&format!("r#\"{}\"#", line(500))), 0);
    }

    #[test]
    fn names_say_something() {
        assert_eq!(count(check_names, "crates/a/src/util.rs", ""), 1);
        assert_eq!(count(check_names, "crates/a/tests/common/mod.rs", ""), 1);
        assert_eq!(count(check_names, "crates/a/src/utility_pole.rs", ""), 0);
    }

    #[test]
    fn unfinished_code_and_paths_of_a_machine_are_found() {
        assert_eq!(count(check_words, "a.rs", concat!("fn f() { todo", "!() }")), 1);
        assert_eq!(count(check_words, "a.md", concat!("see /tm", "p/x")), 1);
        assert_eq!(count(check_words, "a.gen.ts", concat!("see /tm", "p/x")), 0);
        let lock = "      \"resolved\": \"https://registry.npmjs.org/x.tgz\",";
        assert_eq!(count(check_words, "web/package-lock.json", lock), 1);
    }
}
