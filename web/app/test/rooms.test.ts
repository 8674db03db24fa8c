// The list of rooms, invitations, and what a room refuses, in both languages.

import { expect, test, vi } from 'vitest';
import { reacted } from '../src/chat/reacted.ts';
import type { ListedRoom } from '../src/rooms/app.ts';
import { hashOf, linkOf, newInvitation, tokenIn } from '../src/rooms/invitation.ts';
import { linesOf, phaseText } from '../src/rooms/list.ts';
import { roomText } from '../src/rooms/refusals.ts';
import { de } from '../src/text/de.ts';
import { en } from '../src/text/en.ts';

const room = (title: string, more: Partial<ListedRoom> = {}): ListedRoom =>
  ({ app: 'chat', title, phase: 'open', minimum: 1, maximum: null, locked: false, event: null, here: 0, watching: 0, ...more });

test('rooms of their own come before those of events, full ones first; search and filter keep what fits', () => {
  const rooms = new Map(Object.entries({
    'events/1/chat': room('Hamlet', { event: 1, here: 90 }), 'rooms/travel': room('Travel'), 'rooms/cooking': room('Cooking', { here: 3 }),
    'rooms/sketch': room('Cooking sketches', { app: 'board' }), 'rooms/old': room('Old', { phase: 'closed' }),
  }));
  const paths = (query: string, app: string | null = null) => linesOf(rooms, { query, app }).map(({ path }) => path);
  expect(paths('')).toEqual(['rooms/cooking', 'rooms/sketch', 'rooms/travel', 'events/1/chat']);
  expect(paths('COOK sk')).toEqual(['rooms/sketch']);
  expect(paths('cook', 'chat')).toEqual(['rooms/cooking']);
});

test('a room says what keeps people out, or what it waits for', () => {
  const text = (more: Partial<ListedRoom>) => phaseText(room('x', more), en);
  expect(text({})).toBe('');
  expect(text({ phase: 'waiting', minimum: 3, here: 1 })).toBe('Waiting for 2 more people');
  expect(text({ phase: 'waiting', minimum: 2, here: 1 })).toBe('Waiting for 1 more person');
  expect([text({ maximum: 2, here: 2 }), text({ maximum: 2, here: 2, locked: true }), text({ phase: 'closing' })]).toEqual(['Full', 'Locked', 'Closing soon']);
  expect(phaseText(room('x', { phase: 'waiting', minimum: 2 }), de)).toBe('Wartet auf noch 2 Leute');
});

test('an invitation’s token has 256 bits, and only its hash leaves the page', async () => {
  const [one, two] = [await newInvitation(), await newInvitation()];
  expect(one.token).toMatch(/^[\w-]{43}$/);
  expect(one.token).not.toBe(two.token);
  expect(one.hash).toBe(await hashOf(one.token));
  expect(await hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  const link = new URL(linkOf('https://house.example', 'rooms/x', one.token));
  expect([link.pathname, tokenIn(link.hash)]).toEqual(['/rooms/x', one.token]);
  expect([tokenIn(''), tokenIn('#invite='), tokenIn('#invite=<script>alert(1)</script>')]).toEqual([null, null, null]);
});

test('a refusal says what happened, how long it lasts, and never nothing', () => {
  expect(roomText({ code: 'slow_mode', retryAfterMs: 4200 }, en)).toContain('5 seconds');
  expect(roomText({ code: 'muted', retryAfterMs: 61_000 }, en)).toContain('2 more minutes');
  expect(roomText({ code: 'muted', retryAfterMs: 1000 }, de)).toContain('noch 1 Minute');
  for (const reason of [{ code: 'never heard of' }, new Error('x'), null]) expect(roomText(reason, en)).toBe(en.roomRefusal.plain['other']);
  const same = (a: object, b: object) => expect(Object.keys(a)).toEqual(Object.keys(b));
  same(en.roomRefusal.plain, de.roomRefusal.plain);
  same(en.roomRefusal.waits, de.roomRefusal.waits);
  same(en.rooms.out, de.rooms.out);
  same(en.rooms.notice, de.rooms.notice);
});

test('a reaction is put once, taken back, and leaves nothing empty', () => {
  const message = { by: 2, at: 0, text: 'x' };
  const once = reacted(message, '👍', 1, true);
  expect(reacted(once, '👍', 1, true).reactions).toEqual([['👍', [1]]]);
  expect(reacted({ ...once, reactions: [['👍', [1, 3]]] }, '👍', 1, false).reactions).toEqual([['👍', [3]]]);
  expect(reacted(once, '👍', 1, false).reactions).toEqual([]);
});

test('a device remembers which rooms a person had open and what they had read, and nobody else’s', async () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {} }));
  const { keepOpen, keepRead, openBy, readUpTo } = await import('../src/rooms/marks.ts');
  keepOpen(7, [['rooms/travel', 'chat', 'Travel']]);
  keepRead(7, 'rooms/travel', 12);
  keepRead(7, 'rooms/travel', 13);
  expect(openBy(7)).toEqual([['rooms/travel', 'chat', 'Travel']]);
  expect([readUpTo(7, 'rooms/travel'), readUpTo(7, 'rooms/other'), readUpTo(8, 'rooms/travel')]).toEqual([13, 0, 0]);
  expect(openBy(8)).toEqual([]);
  for (let k = 0; k < 250; k++) keepRead(7, `rooms/${k}`, k);
  expect([readUpTo(7, 'rooms/249'), readUpTo(7, 'rooms/travel')]).toEqual([249, 0]);
  for (const wrong of ['{', '7', '[["rooms/x"]]', '[[1,2,3]]', 'null']) {
    kept.set('houseful.open.9', wrong);
    expect(openBy(9)).toEqual([]);
  }
});
