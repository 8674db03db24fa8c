// What people are shown of events, bookings and notifications, as pure functions.

import { expect, test } from 'vitest';
import type { EventSummary, Notification, OwnBooking } from '../src/api/answers.ts';
import { endOf } from '../src/format/time.ts';
import { withChannel, withLead } from '../src/notify/choices.ts';
import { leadText, toldOf } from '../src/notify/wording.ts';
import { partsOf } from '../src/pages/bookings.ts';
import { EVERYTHING, askFor, boundsOf, fits, matches, merge } from '../src/pages/programme.ts';
import { qrPath } from '../src/pages/qr.ts';
import { en } from '../src/text/en.ts';

const base = { timeZone: 'UTC', currency: 'EUR', fromPrice: 0, status: 'published' as const, category: 'music' as const, capacity: 9, here: 0, watching: 0 };
const event: EventSummary = { ...base, id: 1, title: 'Snow', place: 'Vienna', startsAt: '2026-02-01T00:00:00.000Z', endsAt: null, available: 5, visibility: 'public', isOnline: true, picture: null };
const live = { ...base, title: 'Snow', place: 'Vienna', startsAt: Date.parse(event.startsAt), available: 3, private: false };

test('live rows renew the programme, add what is new, and take out what left', () => {
  const rows = new Map([['1', { ...live, picture: 'p' }], ['2', { ...live, title: 'Rain', startsAt: Date.parse('2026-01-01'), private: true }]]);
  const all = merge([event], rows);
  expect(all.map((e) => [e.title, e.available, e.visibility, e.picture])).toEqual([['Rain', 3, 'private', null], ['Snow', 3, 'public', 'p']]);
  expect(all[1]?.isOnline).toBe(true);
  expect(merge([event], new Map(), new Set(['1']))).toEqual([]);
});

test('a search finds by every word, of a kind, on a day', () => {
  expect([matches(event, 'vie sn'), matches(event, 'graz')]).toEqual([true, false]);
  const now = Date.parse('2026-01-31T12:00:00Z');
  const found = (change: object) => fits(event, { ...EVERYTHING, ...change }, now);
  expect([found({}), found({ category: 'music' }), found({ category: 'talk' })]).toEqual([true, true, false]);
  expect([found({ span: 'week' }), found({ span: 'later' })]).toEqual([true, false]);
});

test('days are the reader’s own and leave nothing between them', () => {
  const now = Date.parse('2026-03-28T22:30:00Z');
  const [today, week, later] = (['today', 'week', 'later'] as const).map((span) => boundsOf(span, now));
  expect(today![0] <= now && now < today![1]).toBe(true);
  expect([week![0], later![0], later![1]]).toEqual([today![0], week![1], Infinity]);
});

test('the server is asked for what is filtered here too', () => {
  const asked = (change: object, cursor: string | null = null) => new URL(askFor({ ...EVERYTHING, ...change }, 0, cursor), 'http://h').searchParams;
  expect([...asked({})]).toEqual([['limit', '50']]);
  expect(asked({ query: 'in Vienna', category: 'talk' }, 'c').toString()).toBe('limit=50&q=Vienna&category=talk&cursor=c');
  expect(asked({ isPast: true, span: 'today' }).toString()).toBe('limit=50&when=past');
  expect([asked({ span: 'today' }).has('to'), asked({ span: 'later' }).has('to')]).toEqual([true, false]);
});

test('an end says its day only where it is another one', () => {
  const start = Date.parse('2026-12-01T21:00:00Z');
  const end = (hours: number) => endOf(start, start + hours * 3_600_000, 'UTC', 'en');
  expect([end(2), end(5).day, end(48).day]).toEqual([{ day: '', time: '23:00' }, '', 'Thursday, December 3, 2026']);
});

const notice = (kind: Notification['kind'], about: object): Notification =>
  ({ id: 1, kind, at: '2026-12-05T17:30:00Z', seen: false, about: { title: 'Hamlet', event: 7, ...about } }) as Notification;
const told = (kind: Notification['kind'], about: object = {}) => toldOf(notice(kind, about), en, 'en');

test('a notification says what happened, when and where, and leads there', () => {
  const where = { startsAt: '2026-12-05T18:30:00Z', timeZone: 'Europe/Berlin', place: 'Elsinore' };
  expect(told('reminder', { ...where, leadMinutes: 60 })).toEqual({ text: 'Hamlet starts in 1 hour.', more: ['Saturday, December 5, 2026, 19:30 · Elsinore'], href: '/events/7' });
  const was = { title: 'Hamlet', startsAt: '2026-12-04T18:30:00Z', place: 'Elsinore' };
  expect(told('rescheduled', { ...where, was }).more[1]).toBe('It was to be Friday, December 4, 2026, 19:30.');
  expect(told('changed', { ...where, was: { ...was, place: 'Rome' } }).text).toBe('Hamlet is at Elsinore now.');
  expect(told('changed', { ...where, was: { ...was, title: 'Lear' } }).text).toBe('“Lear” is called Hamlet now.');
  expect([told('booked', { code: 'K7-2' }).more, told('booked').href]).toEqual([['Your code: K7-2'], '/bookings']);
  expect([told('mention', { event: null, room: 'events/7/chat' }).href, told('invitation', { event: null, room: 'rooms/x' }).href]).toEqual(['/events/7/chat', '/rooms/x']);
  expect([told('mention', { event: null, room: 'events/7/seats' }).href, told('mention', { event: null, room: null }).href]).toEqual(['/events/7', null]);
});

test('times ahead in the largest unit that is whole', () => {
  expect([10_080, 1440, 120, 30].map((minutes) => leadText(minutes, en))).toEqual(['7 days', '1 day', '2 hours', '30 minutes']);
});

test('a choice changes one thing and keeps the others', () => {
  const before = { language: 'de' as const, reminderMinutes: [60], kinds: { mention: { app: true, mail: false, push: true } } };
  expect(withChannel(before, 'mention', 'mail', true)).toEqual({ ...before, kinds: { mention: { app: true, mail: true, push: true } } });
  expect(withLead(before, 1440, true).reminderMinutes).toEqual([1440, 60]);
  expect(withLead(before, 60, false).reminderMinutes).toEqual([]);
  expect(withLead({ ...before, reminderMinutes: null }, 60, true).reminderMinutes).toEqual([60]);
});

test('bookings: what is to come soonest first, what is over latest first', () => {
  const at = (order: string, startsAt: string) => ({ order, event: { startsAt } }) as OwnBooking;
  const all = [at('c', '2026-03-01T00:00:00Z'), at('a', '2026-01-01T00:00:00Z'), at('d', '2026-04-01T00:00:00Z'), at('b', '2026-01-02T00:00:00Z')];
  const { upcoming, past } = partsOf(all, Date.parse('2026-03-01T06:00:00Z'));
  expect([upcoming.map((one) => one.order), past.map((one) => one.order)]).toEqual([['c', 'd'], ['b', 'a']]);
});

test('a QR code is drawn within its quiet zone', () => {
  const { size, path } = qrPath('42.0199.s12.signature');
  const xs = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].map(([, x, y, width]) => [Number(x), Number(x) + Number(width), Number(y)]);
  expect([Math.min(...xs.map(([x]) => x!)), Math.max(...xs.map(([, end]) => end!)), Math.min(...xs.map(([, , y]) => y!))]).toEqual([4, size - 4, 4]);
});
