// Formats, wording, plural rules, and the same shape in both languages.

import { expect, test } from 'vitest';
import { money } from '../src/format/money.ts';
import { countdown, instantOf, when } from '../src/format/time.ts';
import { layOut } from '../src/plan/layout.ts';
import { noticeOf } from '../src/seats/refusals.ts';
import { placeTexts, priceRange, runTexts, seatText } from '../src/seats/wording.ts';
import { de } from '../src/text/de.ts';
import { en } from '../src/text/en.ts';

const layout = layOut({
  name: '', zones: [{ id: 'a', name: 'A' }],
  sections: [{ name: 'Stalls', zone: 'a', x: 0, y: 0, rows: [{ label: 'B', seats: 20, restricted: [3] }] }],
});

test('money', () => {
  expect(money(4500, 'EUR', 'en')).toBe('€45');
  expect(money(4550, 'EUR', 'en')).toBe('€45.50');
  expect(money(900, 'JPY', 'en')).toBe('¥900');
});

test('a time of another place says what it is for the reader', () => {
  const at = Date.parse('2026-12-01T19:00:00Z');
  expect(when(at, 'Europe/London', 'en', 'Europe/Berlin')).toMatchObject({ time: '19:00', ownTime: '20:00', zone: 'London' });
  expect(when(at, 'Europe/Berlin', 'en', 'Europe/Vienna').ownTime).toBeNull();
});

test('wall-clock times become instants, also beside a clock change', () => {
  expect(instantOf('2026-12-01T19:30:00', 'Europe/Berlin')).toBe(Date.parse('2026-12-01T18:30:00Z'));
  expect(instantOf('2026-03-29T03:30:00', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T01:30:00Z'));
  expect(instantOf('2026-07-01T12:00:00', 'America/New_York')).toBe(Date.parse('2026-07-01T16:00:00Z'));
});

test('countdown', () => {
  expect([countdown(598_000), countdown(59_001), countdown(-5)]).toEqual(['9:58', '0:59', '0:00']);
});

test('a seat in words', () => {
  const teller = { layout, currency: 'EUR', locale: 'en', t: en };
  expect(seatText(teller, 11, 4500, 0)).toBe('Row B, Seat 12, €45, available');
  expect(seatText(teller, 3, 0, 2)).toBe('Row B, Seat 4, Free, restricted view, booked');
});

test('places are named alike, from the plan and from the server', () => {
  const teller = { layout, currency: 'EUR', locale: 'en', t: en };
  expect(runTexts(teller, [16, 15, 3])).toEqual(['Stalls · Row B · Seat 4', 'Stalls · Row B · Seats 16–17']);
  expect(placeTexts(['Stalls · B · 4', 'Stalls · B · 5', 'Stalls · C · 1', 'Floor'], en)).toEqual(['Stalls · Row B · Seats 4, 5', 'Stalls · Row C · Seat 1', 'Floor']);
});

test('free is what is free everywhere', () => {
  const teller = { currency: 'EUR', locale: 'en', t: en };
  expect([[0, 0], [0, 4500], [4500, 4500], []].map((prices) => priceRange(prices, teller))).toEqual(['Free', '€0 to €45', '€45', '']);
});

test('a wait is told in the unit that it has', () => {
  const text = (code: string, retryAfterMs: number) => noticeOf({ code, retryAfterMs }, layout, en).text;
  expect(text('cooling_down', 60_000)).toContain('60 seconds');
  expect(text('too_many_holds', 180_000)).toContain('3 minutes');
  expect(noticeOf({ code: 'too_many_holds', retryAfterMs: 1 }, layout, de).text).toContain('1 Minute ');
});

test('a refusal names the seats and offers others', () => {
  const refusal = { code: 'seats_taken', details: { seats: [11], alternatives: [[13, 14], [8]] } };
  const notice = noticeOf(refusal, layout, en);
  expect(notice.text).toBe('Someone was quicker: B12.');
  expect(notice.offers.map((offer) => offer.label)).toEqual(['Take B14–B15', 'Take B9']);
  expect(noticeOf({ code: 'limit_exceeded', details: { limit: 6, have: 5 } }, layout, en).text).toContain('6 places');
  expect(noticeOf({ code: 'never_heard_of' }, layout, en).text).toBe(en.refusal.other);
});

test('plural rules', () => {
  expect([en.common.seats(1), en.common.seats(2), de.common.seats(1), de.common.seats(0)]).toEqual(['1 seat', '2 seats', '1 Platz', '0 Plätze']);
});

test('both languages have the same words', () => {
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
      : Array.isArray(value) ? value.length : typeof value;
  expect(shape(de)).toEqual(shape(en));
});

test('no exclamation marks', () => {
  const texts = JSON.stringify([en, de]);
  expect(texts).not.toMatch(/[!]|Oops|Hoppla/);
});
