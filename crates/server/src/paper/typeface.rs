//! Text as glyphs: shaped word by word, so that lines can be broken anywhere and a title may be in any script. A
//! character that the font lacks is drawn as a box, and never ends a line or the page.

use krilla::geom::Point;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, UnicodeBuffer};
use std::collections::BTreeSet;

/// DejaVu Sans: Latin, Greek, Cyrillic, Arabic, Hebrew, Georgian, Armenian and many symbols. May be embedded by anyone;
/// its licence lies beside it.
const FONT: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");
/// What is written where a line was cut.
const CUT: char = '…';
/// Of one text so many characters are looked at: more than any fits on a page.
const CHARS_MAX: usize = 2_000;

/// The one font of paper.
pub(super) struct Typeface {
    font: Font,
    face: Face<'static>,
}

/// A word with the space behind it, as glyphs of size 1.
struct Word {
    text: String,
    glyphs: Vec<KrillaGlyph>,
    width: f32,
    is_backwards: bool,
}

/// A line that fits, in the order in which it is drawn.
pub(super) struct Line {
    words: Vec<Word>,
    width: f32,
    /// Whether it begins at the right.
    pub(super) is_backwards: bool,
}

impl Typeface {
    pub(super) fn open() -> Option<Typeface> {
        Some(Typeface { font: Font::new(FONT.into(), 0)?, face: Face::from_slice(FONT, 0)? })
    }

    /// A text in lines no wider than `width` at this size, at most so many; what is left over is cut off.
    pub(super) fn lines(&self, text: &str, size: f32, width: f32, most: usize) -> Vec<Line> {
        let width = width / size;
        let plain: String = text.chars().take(CHARS_MAX).map(printable).collect();
        let is_backwards = plain.chars().find_map(runs_backwards).unwrap_or(false);
        let mut words = plain.split_whitespace().flat_map(|word| self.pieces(word, width));
        let mut lines: Vec<Vec<Word>> = Vec::new();
        let mut used = 0.0;
        for word in words.by_ref() {
            if !lines.is_empty() && used + word.width <= width {
                used += word.width;
            } else if lines.len() < most {
                used = word.width;
                lines.push(Vec::new());
            } else {
                self.cut(lines.last_mut(), width);
                break;
            }
            lines.last_mut().into_iter().for_each(|line| line.push(self.again(&word)));
        }
        lines.into_iter().map(|words| Line::new(words, is_backwards)).collect()
    }

    /// Draws a line from its left end.
    pub(super) fn draw(
        &self,
        surface: &mut Surface<'_>,
        line: &Line,
        (x, y): (f32, f32),
        size: f32,
    ) {
        let mut x = x;
        for word in &line.words {
            let (at, font) = (Point::from_xy(x, y), self.font.clone());
            surface.draw_glyphs(at, &word.glyphs, font, &word.text, size, false);
            x += word.width * size;
        }
    }

    /// Ends a line with the sign that there was more.
    fn cut(&self, line: Option<&mut Vec<Word>>, width: f32) {
        let Some(line) = line else { return };
        let sum = |line: &[Word]| line.iter().map(|word| word.width).sum::<f32>();
        while let Some(last) = line.pop() {
            let mut text: String = last.text.trim_end().to_owned();
            while !text.is_empty() {
                let word = self.word(&format!("{text}{CUT}"), last.is_backwards);
                if sum(line) + word.width <= width {
                    line.push(word);
                    return;
                }
                text.pop();
            }
        }
    }

    /// A word whole, or in pieces that fit.
    fn pieces(&self, word: &str, width: f32) -> Vec<Word> {
        let is_backwards = word.chars().find_map(runs_backwards).unwrap_or(false);
        let whole = self.word(&format!("{word} "), is_backwards);
        if whole.width <= width {
            return vec![whole];
        }
        let chars: Vec<char> = word.chars().collect();
        if chars.len() < 2 {
            return vec![whole];
        }
        let (left, right) = chars.split_at(chars.len() / 2);
        let half = |half: &[char]| self.pieces(&half.iter().collect::<String>(), width);
        [half(left), half(right)].into_iter().flatten().collect()
    }

    fn again(&self, word: &Word) -> Word {
        self.word(&word.text, word.is_backwards)
    }

    fn word(&self, text: &str, is_backwards: bool) -> Word {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let direction = if is_backwards { Direction::RightToLeft } else { Direction::LeftToRight };
        buffer.set_direction(direction);
        let shaped = rustybuzz::shape(&self.face, &[], buffer);
        let em = self.font.units_per_em();
        let starts: BTreeSet<usize> =
            shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let end = |start: usize| starts.range(start + 1..).next().copied().unwrap_or(text.len());
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, at)| {
            let start = info.cluster as usize;
            let [x, dx, dy, y] = [at.x_advance, at.x_offset, at.y_offset, at.y_advance]
                .map(|units| units as f32 / em);
            KrillaGlyph::new(GlyphId::new(info.glyph_id), x, dx, dy, y, start..end(start), None)
        });
        let glyphs: Vec<KrillaGlyph> = glyphs.collect();
        let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
        Word { text: text.to_owned(), glyphs, width, is_backwards }
    }
}

impl Line {
    /// In the order of sight: words that run the other way than the line stand in their own order.
    fn new(words: Vec<Word>, is_backwards: bool) -> Line {
        let width = words.iter().map(|word| word.width).sum();
        let mut runs: Vec<Vec<Word>> = Vec::new();
        for word in words {
            match runs.last_mut() {
                Some(run) if run[0].is_backwards == word.is_backwards => run.push(word),
                _ => runs.push(vec![word]),
            }
        }
        runs.iter_mut().filter(|run| run[0].is_backwards).for_each(|run| run.reverse());
        if is_backwards {
            runs.reverse();
        }
        Line { words: runs.into_iter().flatten().collect(), width, is_backwards }
    }

    /// How wide it is at this size.
    pub(super) fn width(&self, size: f32) -> f32 {
        self.width * size
    }
}

/// What is a line's end or nothing at all in a name is a space on paper.
fn printable(c: char) -> char {
    let is_unseen =
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}');
    if is_unseen || matches!(c, '\u{2066}'..='\u{2069}') { ' ' } else { c }
}

/// Whether a character is of a script that runs from right to left; none for those that run as others do.
fn runs_backwards(c: char) -> Option<bool> {
    match c {
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => Some(true),
        '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}' => Some(true),
        c if c.is_alphanumeric() => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(text: &str, most: usize) -> Vec<Line> {
        Typeface::open().expect("the font").lines(text, 20.0, 200.0, most)
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let said =
            |line: &Line| line.words.iter().map(|word| word.text.as_str()).collect::<String>();
        let all = lines("one two three four five six seven eight nine ten eleven twelve", 2);
        assert_eq!(all.len(), 2);
        assert!(said(&all[1]).ends_with(CUT), "{}", said(&all[1]));
        assert!(!said(&lines("one two", 2)[0]).contains(CUT));
        assert!(lines(" \n ", 2).is_empty());
    }

    #[test]
    fn words_that_run_backwards_stand_in_their_own_order() {
        let first = |text: &str| lines(text, 1)[0].words[0].text.trim().to_owned();
        assert_eq!(first("ab אב גד"), "ab");
        assert_eq!(first("אב גד"), "גד", "what is read last stands leftmost");
        assert!(lines("אב 12", 1)[0].is_backwards);
    }

    proptest! {
        #[test]
        fn any_text_is_lines_that_fit(text in any::<String>(), most in 1_usize..4) {
            let lines = lines(&text, most);
            prop_assert!(lines.len() <= most);
            // A single sign may be wider than the page; nothing else is.
            for line in lines.iter().filter(|line| line.words.len() > 1) {
                prop_assert!(line.width(20.0) <= 200.5, "{}", line.width(20.0));
            }
        }
    }
}
