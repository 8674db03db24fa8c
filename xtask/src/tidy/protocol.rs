//! Every numbered rule of PROTOCOL.md has a test that starts with its number, and no test names a rule
//! that does not exist.

use super::Finding;
use crate::repo::SourceFile;
use std::collections::BTreeMap;

const PROTOCOL: &str = "PROTOCOL.md";

/// Holds the rules against the tests' names.
pub fn check_rules(files: &[SourceFile]) -> Vec<Finding> {
    let Some(protocol) = files.iter().find(|file| file.path == PROTOCOL) else {
        return Vec::new();
    };
    let mut rules = BTreeMap::new();
    for (number, line) in protocol.lines() {
        if let Some(rule) =
            line.trim_start_matches("- ").strip_prefix("**[R").and_then(leading_number)
        {
            rules.insert(rule, number);
        }
    }
    let tests: Vec<(u32, &SourceFile, usize)> = files.iter().flat_map(tests_of_rules).collect();
    let without_test = rules.iter().filter(|(rule, _)| !tests.iter().any(|test| test.0 == **rule));
    let mut findings: Vec<Finding> = without_test
        .map(|(rule, line)| {
            let message = format!(
                "[R{rule}] has no test. Name one `r{rule:02}_…` in crates/, or \"R{rule} …\" in web/."
            );
            Finding::at(protocol, *line, message)
        })
        .collect();
    for (rule, file, line) in tests.iter().filter(|(rule, ..)| !rules.contains_key(rule)) {
        let message = format!("Tests [R{rule}], which is not in {PROTOCOL}. Correct the number.");
        findings.push(Finding::at(file, *line, message));
    }
    findings
}

/// The rules that a file's tests name, with their lines.
fn tests_of_rules(file: &SourceFile) -> Vec<(u32, &SourceFile, usize)> {
    let rule = match (file.path.split('/').next(), file.extension()) {
        (Some("crates"), "rs") => rule_of_rust_test,
        (Some("web"), "ts" | "js" | "mjs") => rule_of_script_test,
        _ => return Vec::new(),
    };
    file.lines().filter_map(|(line, text)| Some((rule(text)?, file, line))).collect()
}

/// `fn r07_…(`
fn rule_of_rust_test(line: &str) -> Option<u32> {
    let name = line.trim_start().trim_start_matches("async ").strip_prefix("fn r")?;
    let rule = leading_number(name)?;
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    (digits >= 2 && name[digits..].starts_with('_')).then_some(rule)
}

/// `test("R7 …` or `it('R7 …`
fn rule_of_script_test(line: &str) -> Option<u32> {
    let line = line.trim_start();
    let call = ["test(", "it("].iter().find_map(|call| line.strip_prefix(call))?;
    leading_number(call.trim_start_matches(['"', '\'', '`']).strip_prefix('R')?)
}

fn leading_number(text: &str) -> Option<u32> {
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{rule_of_rust_test, rule_of_script_test};

    #[test]
    fn names_lead_with_their_rule() {
        assert_eq!(rule_of_rust_test("    fn r07_join_answers() {"), Some(7));
        assert_eq!(rule_of_rust_test("async fn r12_audiences() {"), Some(12));
        assert_eq!(rule_of_rust_test("fn r7_is_not_padded() {"), None);
        assert_eq!(rule_of_rust_test("fn read() {"), None);
        assert_eq!(rule_of_script_test("  it('R7 joins', () => {"), Some(7));
        assert_eq!(rule_of_script_test("test(\"R11 gap\", async () => {"), Some(11));
        assert_eq!(rule_of_script_test("test(\"Roof\", async () => {"), None);
    }
}
