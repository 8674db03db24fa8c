// Tables as CSV that spreadsheets read as what it is: text. Pure.

import type { EventBooking } from '../api/answers.ts';
import { minorDigits } from '../format/money.ts';
import { placeTexts } from '../seats/wording.ts';
import type { Messages } from '../text/en.ts';

/** A cell that begins like a formula would be run by some programs. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With a mark at its beginning by which they know that it is UTF-8. */
export const csvOf = (rows: (string | number)[][]): string =>
  `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;

/** A table of bookings: amounts as numbers in whole units, times as everyone writes them. */
export function bookingsCsv(items: EventBooking[], currency: string, t: Messages): string {
  const c = t.desk.console;
  const unit = 10 ** minorDigits(currency);
  const head = [c.code, c.who, c.email, c.seats, t.desk.form.areaCapacity, `${c.total} (${currency})`, c.when, c.status];
  const rows = items.map((row) => [
    row.code, row.account.name, row.account.email,
    [...placeTexts(row.seats, t), ...row.areas.map((area) => t.tray.count(area.name, area.count))].join(', '),
    row.seats.length + row.areas.reduce((sum, area) => sum + area.count, 0),
    row.total / unit, row.at, row.status === 'cancelled' ? c.cancelled : row.total > 0 ? c.door : c.free,
  ]);
  return csvOf([head, ...rows]);
}
