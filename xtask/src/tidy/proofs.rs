//! Whatever the pages about reliability and security name as proof is there: tests, test files, names in
//! code. It does not say whether the proof is a good one.

use super::Finding;
use crate::repo::SourceFile;

const PAGES: &[&str] = &["docs/reliability.md", "docs/security.md"];

/// Looks up every `module::test`, every `name.test.mjs` and every longer snake_case name.
pub fn check_proofs(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in files.iter().filter(|file| PAGES.contains(&file.path.as_str())) {
        for (number, line) in page.lines() {
            for span in spans(line).filter(|span| !is_there(span, files)) {
                let message = format!("Names `{span}`, which is nowhere. Correct it, or write it.");
                findings.push(Finding::at(page, number, message));
            }
        }
    }
    findings
}

/// What stands between backticks.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn is_there(span: &str, files: &[SourceFile]) -> bool {
    let mut rust = files.iter().filter(|file| file.extension() == "rs");
    if let Some((module, test)) = span.rsplit_once("::").filter(|(_, test)| is_name(test)) {
        let module = module.rsplit("::").next().unwrap_or_default();
        let file = format!("/{module}.rs");
        let test = format!("fn {test}(");
        return rust.any(|source| source.path.ends_with(&file) && source.text.contains(&test));
    }
    if span.ends_with(".test.mjs") || span.ends_with(".test.ts") {
        return files.iter().any(|file| file.path.ends_with(&format!("/{span}")));
    }
    if is_name(span) && span.matches('_').count() >= 3 {
        return rust.any(|source| has_word(&source.text, span));
    }
    true
}

fn is_name(text: &str) -> bool {
    text.contains('_')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::check_proofs;
    use crate::repo::SourceFile;

    fn findings(page: &str) -> usize {
        let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
        let files = [
            file("docs/security.md", page),
            file("crates/server/tests/all/matrix.rs", "async fn every_route_is_told() {}"),
            file("web/e2e/markup.test.mjs", ""),
        ];
        check_proofs(&files).len()
    }

    #[test]
    fn a_proof_that_is_named_is_there() {
        assert_eq!(findings("| x | `matrix::every_route_is_told`, `markup.test.mjs` |"), 0);
        assert_eq!(findings("`every_route_is_told`, `token_invalid`, `no_such_room`, `/live`"), 0);
        assert_eq!(findings("`matrix::every_route_was_told`"), 1);
        assert_eq!(findings("`accounts::every_route_is_told`"), 1);
        assert_eq!(findings("`every_route_is_tol` and `other.test.mjs`"), 2);
    }
}
