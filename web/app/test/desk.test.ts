// A new event's checklist and what is sent; who holds what; the programme.

import { expect, test } from 'vitest';
import { aislesOf, emptyDraft, fitZones, generatorOf, pricesOf, rowsCovered, todosOf } from '../src/desk/draft.ts';
import { changesOf, formOf, rebased } from '../src/desk/facts.ts';
import { holdersOf, revenueOf } from '../src/desk/rows.ts';

const draft = () => emptyDraft('Europe/Berlin', ['Front', 'Middle', 'Back']);

test('the checklist names what blocks', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const open = (d: ReturnType<typeof draft>) => todosOf(d, now).filter((todo) => todo.required && !todo.done).map((todo) => todo.key);
  expect(open(draft())).toEqual(['title', 'place', 'start']);
  expect(open({ ...draft(), title: 'A', place: 'B', date: '2026-02-01' })).toEqual([]);
  expect(open({ ...draft(), title: 'A', place: 'B', date: '2025-02-01', rows: 13 })).toEqual(['start', 'rows']);
});

test('aisles are read kindly', () => {
  expect(aislesOf('8, 16;8 40 x', 24)).toEqual([8, 16]);
});

test('the generator and its prices use the same zone ids', () => {
  const d = { ...draft(), area: { name: 'Floor', capacity: 50, price: 12.5 } };
  const generator = generatorOf(d);
  expect(generator.zones.map((zone) => zone.id)).toEqual(Object.keys(pricesOf(d, 2)));
  expect(pricesOf(d, 2)).toEqual({ z1: 4500, z2: 2800, area: 1250 });
});

test('cancelled orders hold nothing', () => {
  const holders = holdersOf([
    { key: 'c:7', account: 7, seats: [1] },
    { key: 'o:3', account: 8, seats: [2], code: 'ABC', status: 'booked' },
    { key: 'o:4', account: 9, seats: [5], code: 'XYZ', status: 'cancelled' },
  ]);
  expect([...holders]).toEqual([[1, { account: 7 }], [2, { account: 8, order: '3', code: 'ABC' }]]);
});

test('revenue is what was booked, at the price it was booked for', () => {
  const row = { status: 'booked' };
  const rows = [
    { key: 'c:7', total: 4500 },
    { key: 'o:3', total: 9000, ...row },
    { key: 'o:4', total: 1500, status: 'cancelled' },
    { key: 'o:5', total: 250, ...row },
  ];
  expect(revenueOf(rows)).toBe(9250);
});

test('zones are made to cover the rows that there are', () => {
  const rowsOf = (rows: number) => {
    const d = { ...draft(), rows };
    fitZones(d);
    expect(rowsCovered(d)).toBe(rows);
    return d.zones.map((zone) => zone.rows);
  };
  expect([rowsOf(15), rowsOf(12), rowsOf(4), rowsOf(2)]).toEqual([[5, 10], [5, 7], [3, 1], [1, 1]]);
});

const known = {
  title: 'Snow', description: '', place: 'Vienna', startsAt: '2026-12-01T18:30:00Z', timeZone: 'Europe/Vienna', currency: 'EUR',
  limitPerPerson: 6, prices: { z1: 4500, z2: 2850 }, status: 'published', etag: '"1"',
} as unknown as Parameters<typeof formOf>[0];

test('an event in its form shows the clock of its place, and nothing is changed by looking', () => {
  expect(formOf(known)).toMatchObject({ date: '2026-12-01', time: '19:30', prices: { z1: 45, z2: 28.5 } });
  expect(changesOf(known, formOf(known))).toEqual({});
});

test('only what was changed is sent', () => {
  const form = { ...formOf(known), title: ' Thaw ', time: '20:00', prices: { z1: 45, z2: 29 } };
  expect(changesOf(known, form)).toEqual({ title: 'Thaw', startsAt: '2026-12-01T19:00:00.000Z', prices: { z2: 2900 } });
  const east = { ...formOf(known), timeZone: 'Europe/Athens' };
  expect(changesOf(known, east)).toEqual({ timeZone: 'Europe/Athens', startsAt: '2026-12-01T17:30:00.000Z' });
});

test('after a conflict both changes are in the form', () => {
  const now = { ...known, place: 'Graz', prices: { z1: 5000, z2: 2850 } };
  const typed = { ...formOf(known), title: 'Thaw', prices: { z1: 45, z2: 30 } };
  const form = rebased(known, now, typed);
  expect(form).toMatchObject({ title: 'Thaw', place: 'Graz', prices: { z1: 50, z2: 30 } });
  expect(changesOf(now, form)).toEqual({ title: 'Thaw', prices: { z2: 3000 } });
});
