// The inspector's lines: what parts and ops of a room say, whatever people wrote in them.

import { expect, test } from 'vitest';
import { branches, LEAVES_MAX, opText, short } from '../src/inspect/words.ts';

test('values are one short line, and turn nothing round', () => {
  expect(short({ text: 'a\u202eb' })).toBe('{"text":"a\ufffdb"}');
  expect(short('x'.repeat(400))).toHaveLength(161);
  expect(short(null)).toBe('null');
  expect(short('👩'.repeat(200)).endsWith('👩…')).toBe(true);
});

test('a room’s parts are a tree by name, without what is empty', () => {
  const rows = Array.from({ length: LEAVES_MAX + 5 }, (_, id): [number, unknown] => [id, { id }]);
  const tree = branches([
    { aud: 'role:staff', shapes: { desk: { rows } } },
    { aud: 'all', shapes: { event: { cell: { title: 'A', at: 3 } }, none: { rows: [] }, messages: { log: [[1, 'a'], [2, 'b']] } } },
  ]);
  expect(tree.map(({ name, audience, kind, count }) => [name, audience, kind, count])).toEqual([
    ['desk', 'role:staff', 'rows', LEAVES_MAX + 5], ['event', 'all', 'cell', 1], ['messages', 'all', 'log', 2],
  ]);
  expect(tree[0]!.leaves).toHaveLength(LEAVES_MAX);
  expect(tree[1]!.leaves).toEqual([['title', '"A"'], ['at', '3']]);
  expect(tree[2]!.leaves[0]).toEqual(['2', '"b"']);
});

test('a grid is counted by value', () => {
  const data = btoa(String.fromCharCode(0b00_01_10_00, 0b01));
  const [seats] = branches([{ aud: 'all', shapes: { seats: { grid: { bits: 2, length: 5, data } } } }]);
  expect(seats!.leaves).toEqual([['0', '× 2'], ['1', '× 2'], ['2', '× 1']]);
});

test('each op has its line', () => {
  expect(opText(['cell', 'door', { a: 1 }])).toBe('door = {"a":1}');
  expect(opText(['put', 'items', 'x', 1])).toBe('items["x"] = 1');
  expect(opText(['del', 'items', 7])).toBe('items[7] ×');
  expect(opText(['log', 'messages', 3, 'hi'])).toBe('messages #3: "hi"');
  expect(opText(['signal', 'expired', []])).toBe('expired! []');
  expect(opText(['set', 'seats', 1, 2, 3, 2])).toBe('seats: 1=2 3=2');
  expect(opText(['set', 'seats', ...Array<number>(40).fill(1)])).toMatch(/ …$/);
  expect(opText(['new', 'shape', 1])).toBe('["new","shape",1]');
});
