// What the door says to a ticket, what a device finds out afterwards, and what becomes of a scan that is told.

import { afterEach, expect, test, vi } from 'vitest';
import type { Admission } from '../src/api/answers.ts';
import { Problem } from '../src/api/http.ts';
import { send } from '../src/door/send.ts';
import { isTrue, parse } from '../src/door/ticket.ts';
import { type Arrival, type Scan, decide, found, lateOnes, merged } from '../src/door/verdict.ts';

const ORDER = '0199a3c2-7b1e-7c11-9d55-0c5f3e5d2a10';
const text = (event = '42', place = 'a0-3') => `${event}.${ORDER.replaceAll('-', '')}.${place}`;
const base64url = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

async function signed(what: string) {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, new TextEncoder().encode(`houseful-ticket-1:${what}`));
  return { token: `${what}.${base64url(signature)}`, key: base64url(await crypto.subtle.exportKey('raw', pair.publicKey)) };
}

afterEach(() => vi.restoreAllMocks());

test('a ticket says what it is for, and nothing else is one', async () => {
  const { token } = await signed(text());
  expect(parse(token)).toEqual({ event: '42', order: ORDER, place: 'a0.3' });
  expect(parse((await signed(text('42', 's12'))).token)?.place).toBe('s12');
  for (const wrong of ['', 'BK-7QK2M9PD', text(), `${token}A`, token.slice(1).replace('2.', '.'), token.replace('a0-3', 'a0.3'), `${token} `])
    expect(parse(wrong), wrong).toBeNull();
});

test('a true ticket is told by its key and no other, by the browser and without its help', async () => {
  const [{ token, key }, { key: other }] = await Promise.all([signed(text()), signed(text())]);
  const tell = async () => {
    expect(await isTrue(token, key)).toBe(true);
    expect(await isTrue(token, other)).toBe(false);
    expect(await isTrue(token.replace('42.', '43.'), key)).toBe(false);
    expect(await isTrue(token.replace('a0-3', 'a0-4'), key)).toBe(false);
  };
  await tell();
  vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new DOMException('no Ed25519', 'NotSupportedError'));
  await tell();
  expect(await isTrue(token, 'no key')).toBeNull();
});

const order = (more: Partial<Admission> = {}): Admission => ({
  order: ORDER, code: 'BK-7QK2M9PD', name: 'Ann Miller', status: 'booked', due: 0,
  places: [{ place: 'a0.2', label: 'Floor' }, { place: 'a0.3', label: 'Floor' }], ...more,
});
const book = (orders: Admission[], arrivals: [string, Arrival][] = []) => ({ event: '42', orders: new Map(orders.map((one) => [one.order, one])), arrivals: new Map(arrivals) });
const ticket = { event: '42', order: ORDER, place: 'a0.3' };

test('who is on the list comes in once', () => {
  expect(decide(book([order()]), ticket, true)).toMatchObject({ kind: 'in', name: 'Ann Miller', inside: 1, of: 2, listed: true });
  const first = { at: 5, device: 'One' };
  expect(decide(book([order()], [[`${ORDER}/a0.3`, first]]), ticket, true)).toMatchObject({ kind: 'already', first, inside: 1, of: 2 });
  expect(decide(book([order()], [[`${ORDER}/a0.2`, first]]), ticket, true)).toMatchObject({ kind: 'in', inside: 2 });
});

test('a signature vouches for what was booked since; without one the list alone does', () => {
  expect(decide(book([]), ticket, true)).toMatchObject({ kind: 'in', listed: false });
  expect(decide(book([]), ticket, null)).toEqual({ kind: 'unknown' });
  expect(decide(book([order()]), ticket, null)).toMatchObject({ kind: 'in', listed: true });
});

test('what is forged, of another event or given back lets nobody in', () => {
  expect(decide(book([order()]), ticket, false)).toEqual({ kind: 'forged' });
  expect(decide(book([order()]), { ...ticket, event: '43' }, true)).toEqual({ kind: 'elsewhere' });
  expect(decide(book([order({ status: 'cancelled', places: [] })]), ticket, true).kind).toBe('cancelled');
  expect(decide(book([order()]), { ...ticket, place: 'a0.4' }, true).kind).toBe('cancelled');
});

const scan = (more: Partial<Scan> = {}): Scan => ({
  no: 1, id: 'id', account: '7', keepUntil: 0, event: '42', room: 'events/42/seats', order: ORDER, place: 'a0.3',
  name: 'Ann Miller', label: 'Floor', at: 10, device: 'Two', state: 'waiting', ...more,
});
const KEY = `${ORDER}/a0.3`;

test('what this device saw counts before the room has heard of it, and the earliest counts', () => {
  const told = new Map([[KEY, { at: 12, device: 'One' }]]);
  expect(merged(new Map(), [scan()]).get(KEY)).toEqual({ at: 10, device: 'Two' });
  expect(merged(told, [scan()]).get(KEY)).toEqual({ at: 10, device: 'Two' });
  expect(merged(told, [scan({ at: 13 })]).get(KEY)).toEqual({ at: 12, device: 'One' });
  expect(merged(new Map(), [scan({ state: 'refused' })]).size).toBe(0);
});

test('who was let in twice is told in whatever order the devices come back', () => {
  const first = { at: 5, device: 'One' };
  const done = scan({ state: 'done' });
  // The other was told first: the answer to this one says so. Or later: then the room does.
  expect(lateOnes([scan({ state: 'done', first })], new Map())).toMatchObject([{ at: 10, first }]);
  expect(lateOnes([done], new Map([[KEY, { at: 10, device: 'Two' }]]))).toEqual([]);
  expect(lateOnes([done], new Map([[KEY, first]]))).toMatchObject([{ at: 10, first }]);
  expect(lateOnes([scan()], new Map([[KEY, first]]))).toEqual([]);
});

test('what passes is told again, what doesn’t is an outcome', async () => {
  const asked: unknown[] = [];
  const answer = (places: object[]) => (async (path: string, { body }: { body?: unknown }) => {
    asked.push([path, body]);
    return { seq: 1, body: { places } };
  }) as never;
  expect(await send(scan(), answer([{ place: 'a0.3', first: true, at: 10, device: 'Two' }]))).toEqual({ kind: 'done' });
  expect(asked).toEqual([['/rooms/events%2F42%2Fseats/commands/check_in', { id: 'id', body: { order: ORDER, place: 'a0.3', at: 10, device: 'Two' } }]]);
  expect(await send(scan(), answer([{ place: 'a0.3', first: false, at: 5, device: 'One' }]))).toEqual({ kind: 'done', first: { at: 5, device: 'One' } });
  const fails = (status: number, code = 'any') => (async () => Promise.reject(new Problem(status, code))) as never;
  for (const status of [0, 401, 408, 429, 500, 502, 503]) expect(await send(scan(), fails(status)), String(status)).toEqual({ kind: 'later' });
  expect(await send(scan(), fails(409, 'already_cancelled'))).toEqual({ kind: 'refused', code: 'already_cancelled' });
});

test('people are found by name and by code; who has cancelled is not among them', () => {
  const all = [order(), order({ order: 'b', name: 'Bob', code: 'BK-A' }), order({ order: 'c', name: 'Anna', status: 'cancelled', places: [] })];
  const names = (query: string) => found(all, query).map(({ name }) => name);
  expect(names('')).toEqual(['Ann Miller', 'Bob']);
  expect(names(' ann')).toEqual(['Ann Miller']);
  expect(names('bk-a')).toEqual(['Bob']);
});
