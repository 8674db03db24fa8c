//! A ticket's page: what stands where, tagged so that it can be read aloud in that order. It knows no store and no
//! language but the words that it is given.

use super::Labels;
use super::typeface::Typeface;
use fast_qr::ECL;
use fast_qr::qr::QRBuilder;
use krilla::Document;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{ContentTag, SpanTag, Tag, TagGroup, TagTree};
use std::num::NonZeroU16;

/// A5 upright, in points: two fit on a sheet of A4, and one can be read on a phone.
const PAGE: (f32, f32) = (419.53, 595.28);
const MARGIN: f32 = 36.0;
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// Of the code's side; its modules are above half a millimetre wide, which every scanner reads from paper.
const QR_SIDE: f32 = 216.0;
/// Empty modules around a code, by its norm.
const QR_QUIET: f32 = 4.0;
const INK: u8 = 0;
const SOFT: u8 = 90;

/// What is printed.
pub(super) struct Sheets<'a> {
    pub(super) labels: &'a Labels,
    pub(super) title: &'a str,
    pub(super) when: String,
    pub(super) place: &'a str,
    pub(super) name: &'a str,
    pub(super) code: &'a str,
    /// The address of the house on the net.
    pub(super) house: &'a str,
    pub(super) entries: Vec<Entry>,
}

/// One ticket.
pub(super) struct Entry {
    pub(super) token: String,
    pub(super) label: String,
}

/// Where the next line goes, and what was written so far, for those who have it read aloud.
struct Page<'a, 'b> {
    typeface: &'a Typeface,
    surface: &'a mut Surface<'b>,
    tags: TagGroup,
    y: f32,
}

/// How a text looks: its size, how many lines it may take, how dark it is.
type Style = (f32, usize, u8);

const TITLE: Style = (22.0, 3, INK);
const FACT: Style = (11.0, 2, INK);
const LABEL: Style = (8.5, 1, SOFT);
const SEAT: Style = (20.0, 2, INK);
const FOOT: Style = (8.0, 1, SOFT);

/// The pages as a file.
pub(super) fn pdf(sheets: &Sheets<'_>) -> Result<Vec<u8>, String> {
    let typeface = Typeface::open().ok_or("the font cannot be read")?;
    let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or("the page has no size")?;
    let mut document = Document::new();
    let mut tree = TagTree::new().with_lang(Some(sheets.labels.code.to_owned()));
    for nth in 0..sheets.entries.len() {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        let tags = TagGroup::new(Tag::Section);
        let mut open = Page { typeface: &typeface, surface: &mut surface, tags, y: MARGIN };
        open.ticket(sheets, nth)?;
        let tags = open.tags;
        surface.finish();
        page.finish();
        tree.push(tags);
    }
    document.set_tag_tree(tree);
    let title = format!("{}: {}", sheets.labels.title, sheets.title);
    let about = Metadata::new().title(title).language(sheets.labels.code.to_owned());
    document.set_metadata(about.creator("Houseful".to_owned()));
    document.finish().map_err(|error| format!("{error:?}"))
}

impl Page<'_, '_> {
    fn ticket(&mut self, sheets: &Sheets<'_>, nth: usize) -> Result<(), String> {
        let (labels, entry) = (sheets.labels, &sheets.entries[nth]);
        let heading = Tag::Hn(NonZeroU16::MIN, Some(sheets.title.to_owned()));
        self.text(sheets.title, TITLE, TagGroup::new(heading));
        self.y += 4.0;
        self.fact(&sheets.when);
        self.fact(sheets.place);
        self.y += 12.0;
        self.label(labels.place);
        self.text(&entry.label, SEAT, TagGroup::new(Tag::P));
        self.y += 8.0;
        self.label(labels.name);
        self.fact(sheets.name);
        self.label(labels.booking);
        self.fact(sheets.code);
        // The code is always at the same place, whatever stands above.
        self.y = PAGE.1 - MARGIN - 22.0 - QR_SIDE;
        self.qr(&entry.token, labels.qr)?;
        self.y = PAGE.1 - MARGIN - 12.0;
        self.text(&(labels.number)(nth + 1, sheets.entries.len()), FOOT, TagGroup::new(Tag::P));
        self.text(sheets.house, FOOT, TagGroup::new(Tag::P));
        Ok(())
    }

    fn label(&mut self, text: &str) {
        self.text(text, LABEL, TagGroup::new(Tag::P));
    }

    fn fact(&mut self, text: &str) {
        self.text(text, FACT, TagGroup::new(Tag::P));
    }

    /// Writes a text below the one before; one without anything to see takes no place.
    fn text(&mut self, text: &str, (size, most, dark): Style, mut group: TagGroup) {
        for line in self.typeface.lines(text, size, WIDTH, most) {
            self.y += size * 1.25;
            self.ink(dark);
            let left = if line.is_backwards { PAGE.0 - MARGIN - line.width(size) } else { MARGIN };
            let span = self.surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            self.typeface.draw(self.surface, &line, (left, self.y), size);
            self.surface.end_tagged();
            group.push(span);
        }
        self.tags.push(group);
    }

    /// Draws a code as squares, each row's neighbours as one.
    fn qr(&mut self, token: &str, alt: &str) -> Result<(), String> {
        let code =
            QRBuilder::new(token).ecl(ECL::M).build().map_err(|error| format!("{error:?}"))?;
        let side = QR_SIDE / (code.size as f32 + 2.0 * QR_QUIET);
        let (left, top) = ((PAGE.0 - QR_SIDE) / 2.0 + side * QR_QUIET, self.y + side * QR_QUIET);
        let mut path = PathBuilder::new();
        for (row, y) in (0..code.size).map(|row| (row, top + row as f32 * side)) {
            let mut column = 0;
            while column < code.size {
                let dark = (column..code.size).take_while(|at| code[row][*at].value()).count();
                if dark > 0 {
                    let (x, width) = (left + column as f32 * side, dark as f32 * side);
                    let run = Rect::from_xywh(x, y, width, side).ok_or("a module has no size")?;
                    path.push_rect(run);
                }
                column += dark.max(1);
            }
        }
        self.ink(INK);
        let drawn = self.surface.start_tagged(ContentTag::Other);
        self.surface.draw_path(&path.finish().ok_or("the code is empty")?);
        self.surface.end_tagged();
        self.tags
            .push(TagGroup::with_children(Tag::Figure(Some(alt.to_owned())), vec![drawn.into()]));
        Ok(())
    }

    fn ink(&mut self, dark: u8) {
        let paint = luma::Color::new(dark).into();
        self.surface.set_fill(Some(Fill { paint, ..Fill::default() }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::GERMAN;

    fn pages(text: &str) -> usize {
        let entry =
            |nth: usize| Entry { token: format!("42.{nth:032}.s{nth}.x"), label: text.into() };
        let sheets = Sheets {
            labels: &GERMAN,
            title: text,
            when: text.to_owned(),
            place: text,
            name: text,
            code: "BK-1",
            house: text,
            entries: (0..2).map(entry).collect(),
        };
        let pdf = pdf(&sheets).expect("it can be printed");
        pdf.windows(12)
            .filter(|bytes| bytes == b"/Type /Page\n" || bytes == b"/Type/Page/R")
            .count()
    }

    #[test]
    fn whatever_an_event_is_called_it_has_its_page() {
        for text in [
            String::new(),
            " \n\t ".to_owned(),
            "W".repeat(300),
            "سهرة ".repeat(60),
            "👩‍👩‍👧‍👦🎭".repeat(40),
            "e\u{301}\u{302}\u{303}".repeat(80),
            "\u{202e}abc\u{0}\u{7}\u{feff}\u{fffd}".to_owned(),
            "日本語のタイトル".repeat(30),
            "שלום hello مرحبا world 123".repeat(9),
        ] {
            assert_eq!(pages(&text), 2, "{text}");
        }
    }
}
