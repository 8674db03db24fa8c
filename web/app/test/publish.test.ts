// What the organiser's pages make of an event: its times, its checklist, its place in the list, its table, its changes.

import { expect, test } from 'vitest';
import { Problem } from '../src/api/http.ts';
import { linesOf } from '../src/desk/changed.ts';
import { emptyDraft, factTodos, pricesOf, todosOf } from '../src/desk/draft.ts';
import { eventFaults } from '../src/desk/faults.ts';
import { changesOf, endOf, formOf, moveTo, startOf } from '../src/desk/facts.ts';
import { found, groupOf, inOrder } from '../src/desk/groups.ts';
import { mayManage, maySell } from '../src/desk/rights.ts';
import { en } from '../src/text/en.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const draft = () => ({ ...emptyDraft('Europe/Berlin', ['Front', 'Middle', 'Back']), title: 'A', place: 'B', date: '2026-02-01' });
const open = (d: ReturnType<typeof draft>) => todosOf(d, NOW).filter((todo) => todo.required && !todo.done).map((todo) => todo.key);
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

test('an end without a day is the next such time after the start', () => {
  const at = (endTime: string, endDate = '') => iso(endOf({ ...draft(), time: '19:30', endTime, endDate }));
  expect(at('')).toBeNull();
  expect(at('22:00')).toBe('2026-02-01T21:00:00.000Z');
  expect(at('02:00')).toBe('2026-02-02T01:00:00.000Z');
  expect(at('19:30')).toBe('2026-02-02T18:30:00.000Z');
  expect(at('12:00', '2026-02-03')).toBe('2026-02-03T11:00:00.000Z');
});

test('an end before the start blocks, an address on the net is a place', () => {
  expect(open(draft())).toEqual([]);
  expect(open({ ...draft(), endTime: '10:00', endDate: '2026-01-31' })).toEqual(['end']);
  expect(open({ ...draft(), place: ' ' })).toEqual(['place']);
  expect(open({ ...draft(), place: '', online: 'https://meet.example/a' })).toEqual([]);
});

test('without seats only a number of people and a price are asked for', () => {
  const places = { ...draft(), house: 'places' as const, rows: 0 };
  expect(open(places)).toEqual([]);
  expect(open({ ...places, capacity: null, price: null })).toEqual(['seats', 'prices']);
  expect(pricesOf({ ...places, price: 12.5 }, 2)).toEqual({ general: 1250 });
  expect(factTodos(places, NOW).every((todo) => todo.done)).toBe(true);
});

test('another day takes the end along', () => {
  const facts = { ...draft(), endTime: '12:00', endDate: '2026-02-03' };
  moveTo(facts, '2026-02-27');
  expect([facts.date, facts.endDate]).toEqual(['2026-02-27', '2026-03-01']);
  moveTo(facts, '');
  expect([facts.date, facts.endDate]).toEqual(['', '2026-03-01']);
});

const known = {
  title: 'Snow', description: '', place: 'Vienna', startsAt: '2026-12-01T18:30:00Z', endsAt: '2026-12-01T21:00:00Z', timeZone: 'Europe/Vienna',
  currency: 'EUR', limitPerPerson: 6, prices: { z1: 4500 }, status: 'published', visibility: 'public', category: 'music', etag: '"1"',
} as unknown as Parameters<typeof formOf>[0];

test('only what was changed of end, address, kind and who sees it is sent', () => {
  const form = formOf(known);
  expect(changesOf(known, form)).toEqual({});
  expect(changesOf(known, { ...form, endTime: '', endDate: '' })).toEqual({ endsAt: null });
  expect(changesOf(known, { ...form, online: ' https://a.example ', visibility: 'private', category: 'talk' }))
    .toEqual({ online: 'https://a.example', visibility: 'private', category: 'talk' });
  expect(changesOf({ ...known, online: 'https://a.example' }, form)).toEqual({ online: null });
  const moved = { ...form };
  moveTo(moved, '2026-12-02');
  expect(changesOf(known, moved)).toEqual({ startsAt: '2026-12-02T18:30:00.000Z', endsAt: '2026-12-02T21:00:00.000Z' });
  expect(iso(startOf(form))).toBe('2026-12-01T18:30:00.000Z');
});

test('the list knows what is to come, what is a draft, what was and what is not', () => {
  const event = (title: string, startsAt: string, status = 'published', endsAt: string | null = null) =>
    ({ title, place: 'Graz', status, startsAt, endsAt }) as unknown as Parameters<typeof groupOf>[0];
  const noon = Date.parse('2026-06-01T12:00:00Z');
  const all = [
    event('Later', '2026-07-01T00:00:00Z'), event('On now', '2026-06-01T11:00:00Z'), event('Over', '2026-06-01T09:00:00Z', 'published', '2026-06-01T11:00:00Z'),
    event('Long over', '2026-05-01T09:00:00Z'), event('Sketch', '2026-05-01T09:00:00Z', 'draft'), event('Off', '2026-07-01T00:00:00Z', 'cancelled'),
  ];
  expect(all.map((one) => groupOf(one, noon))).toEqual(['upcoming', 'upcoming', 'past', 'past', 'draft', 'cancelled']);
  const titles = (group: 'upcoming' | 'past') => inOrder(all.filter((one) => groupOf(one, noon) === group), group).map((one) => one.title);
  expect([titles('upcoming'), titles('past')]).toEqual([['On now', 'Later'], ['Over', 'Long over']]);
  expect(found(all, 'graz ov').map((one) => one.title)).toEqual(['Over', 'Long over']);
});

test('changes are told in words, and what follows from others is left out', () => {
  const tell = { t: en, locale: 'en-GB', timeZone: 'Europe/Berlin', currency: 'EUR' };
  const fields = {
    title: ['Snow', 'Thaw'], visibility: ['public', 'private'], startsAt: [Date.parse('2026-12-01T18:30:00Z'), Date.parse('2026-12-02T18:30:00Z')],
    status: ['draft', 'published'], online: [null, 'https://a.example'], role: [null, 'box_office'], picture: [null, 'abc'], prices: [{ a: 100 }, { a: 250 }],
  };
  expect(linesOf(fields, tell).map((line) => `${line.name}: ${line.was} > ${line.is}`)).toEqual([
    'Title: Snow > Thaw', 'Who sees it: Public > Private', 'Start: 1 December 2026, 19:30 > 2 December 2026, 19:30', 'Address on the net: nothing > https://a.example',
    'Role: nothing > Box office', 'Picture: nothing > a picture', 'Prices: €1 > €2.50',
  ]);
});

test('who sells does not manage, and who only looks does neither', () => {
  expect(['staff', 'box_office', 'viewer'].map((role) => [mayManage(role), maySell(role)])).toEqual([[true, true], [false, true], [false, false]]);
});

test('what is wrong is told by the names of the form, and a refusal in its own words', () => {
  const wrong = new Problem(422, 'event_invalid', { endsAt: 'It ends after its start.', 'prices.a': 'This zone has no price.' });
  expect(eventFaults(wrong, en)).toEqual(['End: It ends after its start.', 'prices.a: This zone has no price.']);
  expect(eventFaults(new Problem(409, 'past_start'), en)).toEqual([en.refusal.past_start]);
  expect(eventFaults(new Problem(500, 'internal'), en)).toEqual([en.auth.errors['other']]);
});
