//! What keeps a dialect thin: small files that name no table, no statement and no shape of a room's state.

use super::Finding;
use crate::repo::SourceFile;

const FOLDER: &str = "crates/server/src/gateway/dialect";
const LINES_MAX: usize = 400;

/// What a dialect's code must not contain, why, and what to do instead.
const BANNED: &[(&str, &str)] = &[
    (".cell(\"", "It names a shape: read the copy by a function of the application (`seen`)."),
    (".row(\"", "It names a shape: read the copy by a function of the application (`seen`)."),
    (".rows(\"", "It names a shape: read the copy by a function of the application (`seen`)."),
    (".grid(\"", "It names a shape: read the copy by a function of the application (`seen`)."),
    (".log(\"", "It names a shape: read the copy by a function of the application (`seen`)."),
    ("Change::", "It reads ops: ask a function of the application (`seen`) what they mean."),
    ("SELECT ", "It knows SQL: ask the store."),
    ("rusqlite", "It knows SQL: ask the store."),
];

/// Dialects translate, and nothing else.
pub fn check_dialects(files: &[SourceFile]) -> Vec<Finding> {
    let is_dialect = |file: &&SourceFile| {
        file.extension() == "rs"
            && (file.path == format!("{FOLDER}.rs") || file.path.starts_with(&format!("{FOLDER}/")))
    };
    let mut findings = Vec::new();
    for file in files.iter().filter(is_dialect) {
        let count = file.lines().count();
        if count > LINES_MAX {
            let message = format!("Has {count} lines, over {LINES_MAX}. Split it by concern.");
            findings.push(Finding::at(file, 1, message));
        }
        for (number, line) in file.lines() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some((_, remedy)) = BANNED.iter().find(|(word, _)| code.contains(word)) {
                findings.push(Finding::at(file, number, *remedy));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check_dialects(&[SourceFile { path: path.into(), text: text.into() }]).len()
    }

    #[test]
    fn a_dialect_names_no_shape_and_no_statement() {
        let inside = "crates/server/src/gateway/dialect/seats/session.rs";
        assert_eq!(
            findings(inside, "copy.grid(\"seats\");\n// SELECT 1\nlet a = \"SELECT 1\";\n"),
            2
        );
        assert_eq!(findings("crates/server/src/gateway/live.rs", "copy.grid(\"seats\");\n"), 0);
        assert_eq!(findings(inside, &"line\n".repeat(400)), 0);
        assert_eq!(findings(inside, &"line\n".repeat(401)), 1);
    }
}
