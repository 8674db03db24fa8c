// What is written, read and grouped in a chat; where the people who were never asked can't turn a page around.

import { expect, test } from 'vitest';
import type { Message } from '../src/chat/app.ts';
import { accountsIn, blocksOf, unreadOf } from '../src/chat/blocks.ts';
import { complete, completingAt, isEmoji, leftOf, lengthOf, matching, mentionsIn, putBack, seatsIn } from '../src/chat/compose.ts';
import { piecesOf } from '../src/chat/pieces.ts';
import { layOut } from '../src/plan/layout.ts';
import { spokenSeats } from '../src/seats/spoken.ts';
import { initialsOf } from '../src/ui/initials.ts';

const HOUR = 3_600_000;
const said = (no: number, by: number, at: number, more: Partial<Message> = {}): [number, Message] => [no, { by, at, text: `m${no}`, ...more }];
const dayOf = (at: number) => String(Math.floor(at / (24 * HOUR)));
const reading = { seen: 0, me: 1, dayOf, isWhole: true };
const links = (text: string) => piecesOf(text, [], null).flatMap((piece) => (piece.kind === 'link' ? [piece.href] : []));

test('messages of one person stand together, until somebody else speaks, time passes or one answers', () => {
  const rows = [said(1, 7, 0), said(2, 7, 1000), said(3, 8, 2000), said(4, 7, 3000), said(5, 7, HOUR), said(6, 7, HOUR + 1, { reply: 1 })];
  const blocks = blocksOf(rows, reading);
  expect(blocks.map((block) => (block.kind === 'said' ? block.lines.map(({ no }) => no) : block.kind))).toEqual(['day', [1, 2], [3], [4], [5], [6]]);
});

test('each day has its line, and so has what is new: once, before the first message of another', () => {
  const rows = [said(1, 7, 0), said(2, 1, 25 * HOUR), said(3, 7, 26 * HOUR), said(4, 8, 26 * HOUR)];
  const kinds = (seen: number) => blocksOf(rows, { ...reading, seen }).map(({ kind }) => kind);
  expect(kinds(1)).toEqual(['day', 'said', 'day', 'said', 'new', 'said', 'said']);
  expect(kinds(0)).not.toContain('new');
  expect(kinds(4)).not.toContain('new');
});

test('notices stand where they happened, and none without its place', () => {
  const notices = [[1, { at: 5, kind: 'started' }], [2, { at: 15, kind: 'locked' }], [3, { at: 99, kind: 'closing' }]] as const;
  const rows = [said(7, 2, 10), said(8, 3, 20)];
  const keys = (isWhole: boolean) => blocksOf(rows, { ...reading, notices, isWhole }).map(({ key }) => key);
  expect(keys(true)).toEqual(['day 0', 'notice 1', 'said 7', 'notice 2', 'said 8', 'notice 3']);
  expect(keys(false)).toEqual(['day 0', 'said 7', 'notice 2', 'said 8', 'notice 3']);
});

test('unread is what others said since: not one’s own, not what is deleted or only guessed', () => {
  const rows = [said(1, 7, 0), said(2, 7, 0), said(3, 1, 0), said(4, 7, 0, { deleted: 'author' }), said(5, 8, 0, { waiting: true })];
  expect(unreadOf(rows, 1, 1)).toBe(1);
  expect([...accountsIn([said(1, 7, 0, { mentions: [8], reactions: [['👍', [9]]] })])]).toEqual([7, 8, 9]);
});

test('addresses become links, without the sentence around them', () => {
  expect(links('see https://a.example/x. And (http://b.example/y_(z)), ok?')).toEqual(['https://a.example/x', 'http://b.example/y_(z)']);
});

test('what only looks like an address stays text', () => {
  const texts = ['javascript:alert(1)', 'data:text/html,x', 'ftp://a.example', 'https://', 'https://good.example@bad.example/', 'https://a.example/\u202egpj.exe', '<a href=x>'];
  for (const text of texts) expect(links(text), text).toEqual([]);
  expect(piecesOf('<b>&amp;</b>', [], null)).toEqual([{ kind: 'text', text: '<b>&amp;</b>' }]);
});

test('names are set off, the longest first, one’s own apart, and none inside a word', () => {
  const kinds = piecesOf('@Ann Lee, @Ann and me@Ann @Anna', ['Ann', 'Ann Lee'], 'Ann').map(({ kind, text }) => [kind, text]);
  expect(kinds).toEqual([['mention', '@Ann Lee'], ['text', ', '], ['me', '@Ann'], ['text', ' and me@Ann @Anna']]);
});

test('a name is completed at the caret', () => {
  expect(completingAt('hi @an', 6)).toEqual({ kind: '@', start: 3, query: 'an' });
  expect(completingAt('hi @Ann Le', 10)?.query).toBe('Ann Le');
  expect([completingAt('me@an', 5), completingAt('@ an', 4), completingAt('@a b c d', 8), completingAt('x', 1)]).toEqual([null, null, null, null]);
  expect(complete('hi @an there', { kind: '@', start: 3, query: 'an' }, 'Ann Lee')).toEqual({ text: 'hi @Ann Lee there', caret: 12 });
});

test('a name is found by the beginning of any of its words', () => {
  const people = [{ account: 1, name: 'Zoë Ann' }, { account: 2, name: 'Anna' }, { account: 3, name: 'Ben' }];
  expect(matching(people, 'an').map(({ account }) => account)).toEqual([2, 1]);
});

test('of two people with one name only the chosen one is spoken to', () => {
  const people = [{ account: 1, name: 'Ann' }, { account: 2, name: 'Ann' }, { account: 3, name: 'Ben' }];
  expect(mentionsIn('@Ann and @Ben', people, new Map())).toEqual([3]);
  expect(mentionsIn('@Ann and @Ben', people, new Map([['Ann', 2]]))).toEqual([2, 3]);
  expect(mentionsIn('nobody', people, new Map([['Ann', 2]]))).toEqual([]);
});

test('a text is counted as the server counts it, and told when little is left', () => {
  expect(lengthOf('  👨‍👩‍👧  ')).toBe(5);
  expect([leftOf('a'.repeat(1799)), leftOf('a'.repeat(1800)), leftOf('🎭'.repeat(2001))]).toEqual([null, 200, -1]);
});

test('refused text comes back, and nothing that was written since is lost', () => {
  expect([putBack('one', ''), putBack('one', 'two')]).toEqual(['one', 'one\ntwo']);
});

test('one emoji is one', () => {
  for (const emoji of ['👍', '👍🏽', '❤️', '1️⃣', '🇩🇪', '🏳️‍🌈', '👨‍👩‍👧‍👦']) expect(isEmoji(emoji), emoji).toBe(true);
  for (const other of ['', 'a', '1', '#', '👍👍', '👍 ', '<b>']) expect(isEmoji(other), other).toBe(false);
});

test('seats are spoken of by their short names', () => {
  const layout = layOut({
    name: '', zones: [{ id: 'a', name: 'A' }],
    sections: [{ name: 'Stalls', zone: 'a', x: 0, y: 0, rows: [{ label: 'B', seats: 20 }] }, { name: 'Circle', zone: 'a', x: 0, y: 400, rows: [{ label: 'C', seats: 4 }] }],
  });
  const shown: number[][] = [];
  const seats = spokenSeats(layout, 5, (indices) => shown.push(indices));
  expect(seatsIn('take #b12, #C1 or #Z9, not x#B1', seats.find)).toEqual([11, 20]);
  expect(seats.like('b1')).toEqual(['B1', 'B10', 'B11', 'B12', 'B13', 'B14']);
  expect([seats.like(''), seats.nameOf([11, 12, 999])]).toEqual([[], 'B12–B13']);
  seats.show([3, 999]);
  expect(shown).toEqual([[3]]);
});

test('where two sections have such a row, both are offered, and a bare name is nobody’s', () => {
  const section = (name: string, y: number) => ({ name, zone: 'a', x: 0, y, rows: [{ label: 'A', seats: 3 }] });
  const layout = layOut({ name: '', zones: [{ id: 'a', name: 'A' }], sections: [section('Stalls', 0), section('Circle', 400)] });
  const seats = spokenSeats(layout, 5, () => {});
  expect(seats.like('a2')).toEqual(['Stalls-A2', 'Circle-A2']);
  expect(seatsIn('#A2 #circle-a2', seats.find)).toEqual([4]);
});

test('initials are whole letters', () => {
  expect([initialsOf('ann lee smith'), initialsOf('  zoë '), initialsOf('👨‍👩‍👧 x'), initialsOf('')]).toEqual(['AL', 'Z', '👨‍👩‍👧X', '']);
});
