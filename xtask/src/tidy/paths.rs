//! Finds the paths that a Rust file uses from a root such as `crate` or `std`, groups taken apart. It is no
//! parser: comments are left out, strings are not.

/// A path after its root, such as `time::Instant`, and the line where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct UsedPath {
    /// Segments joined with `::`.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
}

impl UsedPath {
    /// Whether it is this path or lies within it.
    pub fn is_within(&self, prefix: &str) -> bool {
        self.path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

/// Every path that begins with `root::`.
pub fn used(source: &str, root: &str) -> Vec<UsedPath> {
    let code = without_comments(source);
    let needle = format!("{root}::");
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&needle) {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        if before.is_alphanumeric() || before == '_' || before == ':' {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let mut paths = Vec::new();
        take_tree(&code[at + needle.len()..], "", &mut paths);
        found.extend(paths.into_iter().map(|path| UsedPath { path, line }));
    }
    found
}

fn without_comments(source: &str) -> String {
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    source.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// Reads `a::b`, `a::{b, c::d}` or `{a, b}`, and answers what is left.
fn take_tree<'a>(text: &'a str, prefix: &str, out: &mut Vec<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if rest.is_empty() {
                return rest;
            }
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let after = take_tree(rest, prefix, out);
            // `as name`, `*` and anything unforeseen: go on at the next comma or brace.
            let end = after.find([',', '}']).unwrap_or(after.len());
            rest = &after[end..];
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let separator = if prefix.is_empty() || end == 0 { "" } else { "::" };
    let path = format!("{prefix}{separator}{}", &text[..end]);
    match text[end..].strip_prefix("::") {
        Some(rest) if !rest.starts_with('<') => take_tree(rest, &path, out),
        _ => {
            out.push(path);
            &text[end..]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::used;

    fn paths(source: &str, root: &str) -> Vec<String> {
        used(source, root).into_iter().map(|used| used.path).collect()
    }

    #[test]
    fn groups_are_taken_apart() {
        let source = "use std::{fs, time::{Duration, Instant as Then}, net::*};\nuse std::io;";
        let expected = ["fs", "time::Duration", "time::Instant", "net", "io"];
        assert_eq!(paths(source, "std"), expected);
    }

    #[test]
    fn paths_in_code_count_and_comments_do_not() {
        let source =
            "// crate::gateway\nlet x = crate::room::turn(&crate::limits::MAX); mycrate::no();";
        assert_eq!(paths(source, "crate"), ["room::turn", "limits::MAX"]);
        assert_eq!(used(source, "crate")[0].line, 2);
    }

    #[test]
    fn a_group_that_never_ends_is_no_loop() {
        assert_eq!(paths("use crate::{a, b::{c", "crate"), ["a", "b::c"]);
    }
}
