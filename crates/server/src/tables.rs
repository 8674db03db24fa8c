//! An event's bookings as a table, for spreadsheets: as CSV in pieces, or as one XLSX. A cell says what it is, so that
//! nothing that somebody typed is ever run as a formula.

use crate::limits::CELL_CHARS_MAX;
use crate::notify::Language;
use crate::store::{AccountRow, BookingRow, PlaceRow};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// Programs know by it that a file is UTF-8.
const UTF_8_MARK: &str = "\u{feff}";
const MOMENT: &str = "yyyy-mm-dd hh:mm";
/// Of each column, in characters.
const WIDTHS: [f64; 8] = [14.0, 24.0, 28.0, 32.0, 8.0, 14.0, 18.0, 14.0];

/// What is so of the whole table.
pub struct Table {
    language: Language,
    currency: String,
    /// The event's, and what it is called.
    zone: (TimeZone, String),
}

/// A cell.
enum Cell {
    Text(String),
    Count(u64),
    /// In minor units.
    Money(i64),
    /// By the clock of the event.
    At(DateTime),
}

type Line = [Cell; 8];

impl Table {
    /// A table of an event's bookings; a zone that nobody knows is UTC.
    pub fn new(language: Language, currency: &str, zone: &str) -> Table {
        let zone = match TimeZone::get(zone) {
            Ok(known) => (known, zone.to_owned()),
            Err(_) => (TimeZone::UTC, "UTC".to_owned()),
        };
        Table { language, currency: currency.to_owned(), zone }
    }

    /// The first piece of a CSV file.
    pub fn csv_head(&self) -> String {
        let head = self.head().map(Cell::Text).map(|cell| self.csv(&cell));
        format!("{UTF_8_MARK}{}\r\n", head.join(","))
    }

    /// Some bookings as CSV, with those who made them.
    pub fn csv_lines(&self, rows: &[(BookingRow, Option<AccountRow>)]) -> String {
        let line = |(row, by): &(BookingRow, Option<AccountRow>)| {
            format!("{}\r\n", self.line(row, by.as_ref()).map(|cell| self.csv(&cell)).join(","))
        };
        rows.iter().map(line).collect()
    }

    /// All of them as XLSX.
    pub fn xlsx(&self, rows: &[(BookingRow, Option<AccountRow>)]) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let bold = Format::new().set_bold();
        for ((column, head), width) in (0..).zip(self.head()).zip(WIDTHS) {
            sheet.write_string_with_format(0, column, head, &bold)?;
            sheet.set_column_width(column, width)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let digits = usize::from(minor_digits(&self.currency));
        let money = match digits {
            0 => "#,##0".to_owned(),
            digits => format!("#,##0.{}", "0".repeat(digits)),
        };
        let formats = [Format::new().set_num_format(money), Format::new().set_num_format(MOMENT)];
        for (at, (row, by)) in (1..).zip(rows) {
            for (column, cell) in (0..).zip(self.line(row, by.as_ref())) {
                self.put(sheet, (at, column), cell, &formats)?;
            }
        }
        book.save_to_buffer()
    }

    fn put(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        cell: Cell,
        [money, moment]: &[Format; 2],
    ) -> Result<(), XlsxError> {
        match cell {
            // As a string, never as what it might mean.
            Cell::Text(text) => sheet.write_string(row, column, text)?,
            Cell::Count(count) => sheet.write_number(row, column, count as f64)?,
            Cell::Money(minor) => {
                let unit = 10_f64.powi(minor_digits(&self.currency).into());
                sheet.write_number_with_format(row, column, minor as f64 / unit, money)?
            }
            Cell::At(at) => {
                let day = ExcelDateTime::from_ymd(
                    at.year().unsigned_abs(),
                    at.month().unsigned_abs(),
                    at.day().unsigned_abs(),
                )?;
                let (hour, minute) = (at.hour().unsigned_abs(), at.minute().unsigned_abs());
                let moment_ = day.and_hms(hour.into(), minute, f64::from(at.second()))?;
                sheet.write_datetime_with_format(row, column, &moment_, moment)?
            }
        };
        Ok(())
    }

    fn head(&self) -> [String; 8] {
        let (currency, zone) = (&self.currency, &self.zone.1);
        let words = match self.language {
            Language::En => {
                ["Code", "Name", "Email", "Seats", "Places", "Total", "Booked", "Status"]
            }
            Language::De => {
                ["Code", "Name", "E-Mail", "Plätze", "Anzahl", "Summe", "Gebucht", "Status"]
            }
        };
        let mut words = words.map(str::to_owned);
        words[5] = format!("{} ({currency})", words[5]);
        words[6] = format!("{} ({zone})", words[6]);
        words
    }

    fn line(&self, row: &BookingRow, by: Option<&AccountRow>) -> Line {
        let places = row.places.iter().filter(|place| place.status == row.status);
        let count = places.clone().map(|place| place.count).sum();
        let seats: Vec<String> = places.map(called).collect();
        let at = Timestamp::from_millisecond(row.at).unwrap_or(Timestamp::UNIX_EPOCH);
        let text = |text: Option<&String>| Cell::Text(cut(text.cloned().unwrap_or_default()));
        [
            Cell::Text(row.code.clone()),
            text(by.map(|by| &by.name)),
            text(by.map(|by| &by.email)),
            Cell::Text(cut(seats.join(", "))),
            Cell::Count(count),
            Cell::Money(row.total),
            Cell::At(at.to_zoned(self.zone.0.clone()).datetime()),
            Cell::Text(self.status(row).to_owned()),
        ]
    }

    fn status(&self, row: &BookingRow) -> &'static str {
        let is_cancelled = row.status == "cancelled";
        match (self.language, is_cancelled, &*row.payment) {
            (Language::En, true, _) => "cancelled",
            (Language::En, false, "free") => "free",
            (Language::En, false, _) => "pays at the door",
            (Language::De, true, _) => "storniert",
            (Language::De, false, "free") => "kostenlos",
            (Language::De, false, _) => "zahlt am Einlass",
        }
    }

    fn csv(&self, cell: &Cell) -> String {
        let text = match cell {
            Cell::Text(text) => guarded(text),
            Cell::Count(count) => count.to_string(),
            Cell::Money(minor) => money(*minor, minor_digits(&self.currency)),
            Cell::At(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        };
        match text.contains(['"', ',', ';', '\r', '\n']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text,
        }
    }
}

/// A text that some programs would run as a formula, made one that they show.
fn guarded(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

fn called(place: &PlaceRow) -> String {
    match place.seat {
        Some(_) => place.label.clone(),
        None => format!("{} × {}", place.count, place.label),
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(CELL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn money(minor: i64, digits: u8) -> String {
    let unit = 10_i64.pow(digits.into());
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, rest) = (minor.abs() / unit, minor.abs() % unit);
    match digits {
        0 => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{rest:0width$}", width = usize::from(digits)),
    }
}

/// How many digits of a currency are behind the point (ISO 4217).
fn minor_digits(currency: &str) -> u8 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_text() {
        let table = Table::new(Language::En, "EUR", "Europe/Berlin");
        let csv = |text: &str| table.csv(&Cell::Text(text.to_owned()));
        assert_eq!(csv("=1+1"), "'=1+1");
        assert_eq!(csv("+49 30"), "'+49 30");
        assert_eq!(csv("-2"), "'-2");
        assert_eq!(csv("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(csv("\t=1"), "'\t=1");
        assert_eq!(csv("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
        assert_eq!(csv("Ann"), "Ann");
    }

    #[test]
    fn money_has_as_many_digits_as_its_currency() {
        assert_eq!(money(1_205, minor_digits("EUR")), "12.05");
        assert_eq!(money(1_205, minor_digits("JPY")), "1205");
        assert_eq!(money(-1_205, minor_digits("KWD")), "-1.205");
    }
}
