//! The organiser's own words in a mail: a small part of Markdown as HTML that can do nothing but be read, and lead to
//! addresses that are shown. What is not known is text. Pure.

use std::fmt::Write;

/// The words as HTML: paragraphs, lists, `**strong**`, `*emphasis*`, `[text](https://…)` and bare addresses.
pub(super) fn html(words: &str) -> String {
    let plain = words.replace("\r\n", "\n");
    let blocks = plain.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    blocks.map(block).collect::<Vec<_>>().join("\n")
}

fn block(text: &str) -> String {
    let item = |line: &str| line.strip_prefix("- ").or(line.strip_prefix("* ")).map(inline);
    let items: Option<Vec<String>> = text.lines().map(|line| item(line.trim_start())).collect();
    match items {
        Some(items) => format!("<ul><li>{}</li></ul>", items.join("</li><li>")),
        None => {
            let lines: Vec<String> = text.lines().map(inline).collect();
            format!("<p>{}</p>", lines.join("<br>"))
        }
    }
}

fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while !rest.is_empty() {
        let taken = link(rest, &mut out)
            .or_else(|| address(rest, &mut out))
            .or_else(|| marked(rest, "**", "strong", &mut out))
            .or_else(|| marked(rest, "*", "em", &mut out));
        rest = taken.unwrap_or_else(|| {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&escaped(&rest[..first]));
            &rest[first..]
        });
    }
    out
}

/// `[text](https://…)`, if that is next; answers what is behind it.
fn link<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let (shown, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (to, rest) = rest.split_once(')')?;
    if shown.is_empty() || shown.contains('[') || !is_address(to) {
        return None;
    }
    let _ = write!(out, "<a href=\"{}\">{}</a>", escaped(to), escaped(shown));
    Some(rest)
}

/// A bare address; a full stop behind it is none of it.
fn address<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'));
    let to = text[..end.unwrap_or(text.len())]
        .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '*']);
    if !is_address(to) {
        return None;
    }
    let _ = write!(out, "<a href=\"{0}\">{0}</a>", escaped(to));
    Some(&text[to.len()..])
}

/// Something between marks.
fn marked<'a>(text: &'a str, mark: &str, tag: &str, out: &mut String) -> Option<&'a str> {
    let (inside, rest) = text.strip_prefix(mark)?.split_once(mark)?;
    if inside.is_empty() || inside.starts_with(' ') || inside.ends_with(' ') {
        return None;
    }
    let _ = write!(out, "<{tag}>{}</{tag}>", escaped(inside));
    Some(rest)
}

fn is_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| host.starts_with(|c: char| c.is_ascii_alphanumeric()))
        && text.chars().all(|c| c.is_ascii_graphic())
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_little_markdown_is_read() {
        let words = "See you **soon**,\n*really*.\n\n- [the room](https://meet.example/a?b=1&c=2)\n- tea\n\n\
                     https://meet.example/abc.";
        let expected = "<p>See you <strong>soon</strong>,<br><em>really</em>.</p>\n\
            <ul><li><a href=\"https://meet.example/a?b=1&amp;c=2\">the room</a></li><li>tea</li></ul>\n\
            <p><a href=\"https://meet.example/abc\">https://meet.example/abc</a>.</p>";
        assert_eq!(html(words), expected);
    }

    #[test]
    fn scripts_are_text() {
        for (words, shown) in [
            ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
            ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
            (
                "[\"><img src=x>](https://a)",
                "<p><a href=\"https://a\">&quot;&gt;&lt;img src=x&gt;</a></p>",
            ),
            ("https://a\"onload=1", "<p><a href=\"https://a\">https://a</a>&quot;onload=1</p>"),
            ("**a", "<p>**a</p>"),
        ] {
            assert_eq!(html(words), shown);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_opens_nothing_else(words in "[-*\\[\\]()<>\"'& \nhtps:/a.]{0,60}") {
            let mut left = html(&words);
            for known in ["<p>", "</p>", "<br>", "<ul>", "</ul>", "<li>", "</li>", "<strong>", "</strong>",
                          "<em>", "</em>", "</a>", "<a href=\"http"] {
                left = left.replace(known, "");
            }
            prop_assert!(!left.contains('<'), "{left}");
        }
    }
}
