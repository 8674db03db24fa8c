// The whiteboard without a page: geometry, files, keys, the hand, and what becomes of refusals.

import { Refusal, type Room } from '@houseful/client';
import { beforeEach, expect, test, vi } from 'vitest';
import type { BoardApp, Figure, Item, Placed } from '../src/board/app.ts';
import { Board, patched } from '../src/board/board.svelte.ts';
import { fitted, panned, revealing, toBoard, toScreen, zoomed } from '../src/board/camera.ts';
import { svgOf } from '../src/board/exports.ts';
import {
  absolute, between, bounds, hit, meets, neighbour, reachable, readingOrder, relative, shifted, thin,
} from '../src/board/geometry.ts';
import { Hand } from '../src/board/hand.svelte.ts';
import { meaningOf, TOOL_KEYS, type Key } from '../src/board/keys.ts';
import { outline } from '../src/board/outline.ts';
import { COLOURS, colours } from '../src/board/palette.ts';
import { itemText } from '../src/board/wording.ts';
import { en } from '../src/text/en.ts';

let made = 0;
const item = (facts: Partial<Placed>): Placed =>
  ({ id: `id-${++made}`, by: 1, z: made, kind: 'line', points: [0, 0, 10, 10], colour: 0, width: 4, ...facts });

test('points go there and back, as whole numbers within reach', () => {
  expect(relative([{ x: 1.4, y: 2 }, { x: 4, y: 0 }, { x: 4, y: 200_000 }])).toEqual([1, 2, 3, -2, 0, 100_000]);
  expect(absolute([1, 2, 3, -2])).toEqual([{ x: 1, y: 2 }, { x: 4, y: 0 }]);
});

test('a long stroke keeps its shape in as many points as it may have', () => {
  const straight = Array.from({ length: 500 }, (_, x) => ({ x, y: 0 }));
  expect(thin(straight, 0.5)).toEqual([straight[0], straight[499]]);
  const wild = Array.from({ length: 2_000 }, (_, x) => ({ x, y: (x % 2) * 9 }));
  const kept = thin(wild, 0.5);
  expect(kept.length).toBeLessThanOrEqual(1_000);
  expect([kept[0], kept.at(-1)]).toEqual([wild[0], wild.at(-1)]);
});

test('a pointer meets lines, not what they enclose, unless it is filled', () => {
  const rect = item({ kind: 'rect', points: [100, 100, -100, -100] });
  expect([meets(rect, { x: 0, y: 50 }, 2), meets(rect, { x: 50, y: 50 }, 2)]).toEqual([true, false]);
  expect(meets({ ...rect, fill: true }, { x: 50, y: 50 }, 2)).toBe(true);
  const ellipse = item({ kind: 'ellipse', points: [0, 0, 100, 50] });
  expect([meets(ellipse, { x: 50, y: 0 }, 2), meets(ellipse, { x: 50, y: 25 }, 2), meets(ellipse, { x: 2, y: 2 }, 2)]).toEqual([true, false, false]);
  expect(meets(item({ kind: 'stroke', points: [5, 5] }), { x: 6, y: 5 }, 1)).toBe(true);
  const [below, above] = [item({}), item({})];
  expect(hit([below, above], { x: 5, y: 5 }, 1)).toBe(above);
});

test('items are read line by line, and Tab ends at both ends', () => {
  const a = item({ points: [0, 0, 5, 5] });
  const b = item({ points: [90, 10, 5, 5] });
  const c = item({ points: [-50, 300, 5, 5] });
  expect(readingOrder([c, b, a])).toEqual([a, b, c]);
  expect(neighbour([c, b, a], null, 1)).toBe(a);
  expect(neighbour([c, b, a], null, -1)).toBe(c);
  expect(neighbour([c, b, a], b.id, 1)).toBe(c);
  expect(neighbour([c, b, a], c.id, 1)).toBeNull();
});

test('nothing is moved beyond reach', () => {
  expect(reachable([item({ points: [99_990, 0, 5, 0] })], 100, 7.4)).toEqual([5, 7]);
  expect(shifted([1, 2, 3, 4], 10, 20)).toEqual([11, 22, 3, 4]);
});

test('Shift makes squares and lines of 45°', () => {
  expect(between('rect', { x: 0, y: 0 }, { x: 30, y: -10 }, true)).toEqual([0, 0, 30, -30]);
  expect(between('line', { x: 0, y: 0 }, { x: 40, y: 3 }, true)).toEqual([0, 0, 40, 0]);
});

test('the camera keeps what is under the pointer, and brings into sight', () => {
  const camera = { x: 10, y: 20, scale: 2 };
  const at = { x: 100, y: 50 };
  const near = zoomed(camera, 1.5, at);
  expect(toBoard(near, at)).toEqual(toBoard(camera, at));
  expect(toScreen(camera, toBoard(camera, at))).toEqual(at);
  expect(panned(camera, 10, 0).x).toBe(5);
  const size = { width: 400, height: 300 };
  const whole = fitted({ x0: 0, y0: 0, x1: 4_000, y1: 100 }, size);
  expect(toScreen(whole, { x: 2_000, y: 50 })).toEqual({ x: 200, y: 150 });
  const shown = revealing({ x: 0, y: 0, scale: 1 }, { x0: 500, y0: 0, x1: 600, y1: 50 }, size);
  expect(toScreen(shown, { x: 600, y: 0 }).x).toBe(376);
});

test('an exported file says people’s words and runs none of them', () => {
  const svg = svgOf([item({ kind: 'text', points: [0, 0], text: '</text><script>&"\u0000' }), item({ kind: 'rect', fill: true })], 'A & B');
  expect(svg).toContain('&lt;/text&gt;&lt;script&gt;&amp;&quot;\ufffd');
  expect(svg).toContain('<title>A &amp; B</title>');
  expect(svg).not.toContain('<script');
  const parsed = svg.match(/<path d="M[^"]+" fill="#2a211a" fill-opacity="0.25" stroke="#2a211a"/);
  expect(parsed).not.toBeNull();
});

test('each kind has its outline', () => {
  expect(outline(item({ points: [1, 2, 3, 4] }))).toBe('M1 2L4 6');
  expect(outline(item({ kind: 'rect', points: [10, 10, -10, -10] }))).toBe('M0 0H10V10H0Z');
  expect(outline(item({ kind: 'stroke', points: [1, 1] }))).toBe('M1 1l0 0');
  expect(outline(item({ kind: 'arrow', points: [0, 0, 0, 0] }))).toBe('M0 0L0 0');
  expect(outline(item({ kind: 'arrow', points: [0, 0, 50, 0] }))).toMatch(/^M0 0L50 0M[\d.-]+ [\d.-]+L50 0L/);
  expect(bounds(item({ kind: 'text', points: [5, 5], text: 'ab\nabcd', width: 4 }))).toMatchObject({ x0: 5, y1: 65 });
});

test('twelve colours for both lights, and a name for each', () => {
  expect([colours(false).length, colours(true).length, COLOURS.length]).toEqual([12, 12, 12]);
});

const key = (key: string, more: Partial<Key> = {}): Key => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

test('every tool has its key, and no two the same', () => {
  expect(new Set(Object.values(TOOL_KEYS)).size).toBe(8);
  expect(meaningOf(key('p'))).toEqual({ do: 'tool', tool: 'pen' });
  expect(meaningOf(key('z', { ctrlKey: true }))).toEqual({ do: 'undo' });
  expect(meaningOf(key('Z', { metaKey: true, shiftKey: true }))).toEqual({ do: 'redo' });
  expect(meaningOf(key('p', { ctrlKey: true }))).toBeNull();
  expect(meaningOf(key('ArrowUp', { shiftKey: true }))).toEqual({ do: 'move', dx: 0, dy: -1 });
});

test('an item in words is cut where it gets long', () => {
  expect(itemText(item({ kind: 'rect', colour: 1 }), en)).toBe('Rectangle, blue');
  expect(itemText(item({ kind: 'text', text: 'a\n'.repeat(99) }), en)).toMatch(/^Text: a a .*…$/);
});

test('what is not filled says nothing of it', () => {
  const is: Item = { by: 1, z: 1, kind: 'rect', points: [0, 0, 1, 1], colour: 0, width: 4, fill: true };
  expect(patched(is, { fill: false })).not.toHaveProperty('fill');
  expect(patched(is, { colour: 2 })).toMatchObject({ fill: true, colour: 2 });
});

// A room that does at once what the optimistic part says, and refuses what it is told to.
type Sent = [name: string, body: Record<string, unknown>];
let rows: Map<string, Item>;
let sent: Sent[];
let shown: [string, unknown][];
let refuse: ((name: string, body: Record<string, unknown>) => Refusal | null) | null;
let tell: () => void;

function fakeRoom(role = 'member'): Room<BoardApp> {
  const draft = { rows: () => rows, put: (_: string, id: string, value: Item) => rows.set(id, value), delete: (_: string, id: string) => rows.delete(id) };
  const room = {
    role, position: 1,
    rows: () => ({ subscribe: (run: (rows: Map<string, Item>) => void) => { tell = () => run(rows); tell(); return () => {}; } }),
    live: () => ({ subscribe: (run: (shown: Map<number, unknown>) => void) => { run(new Map()); return () => {}; } }),
    show: (shape: string, value: unknown) => shown.push([shape, value]),
    people: () => Promise.resolve(new Map()),
    command: (name: string, body: Record<string, unknown>, options?: { optimistic?: (d: typeof draft) => void }) => {
      sent.push([name, body]);
      const refusal = refuse?.(name, body);
      if (refusal) return Promise.reject(refusal);
      options?.optimistic?.(draft);
      tell();
      return Promise.resolve({ seq: 1, body: { deed: 1 } });
    },
  };
  return room as unknown as Room<BoardApp>;
}

beforeEach(() => {
  rows = new Map();
  [sent, shown] = [[], []];
  refuse = null;
});

function start(role?: string): { board: Board; hand: Hand } {
  const board = new Board(fakeRoom(role), () => 7);
  board.follow();
  return { board, hand: new Hand(board, () => 1) };
}
const at = (x: number, y: number, more = {}) => ({ x, y, isEven: false, adds: false, slack: 4, ...more });

test('what is drawn lies above, is shown on the way, and then no longer', () => {
  const { board, hand } = start();
  rows.set('old', item({ z: 41 }));
  tell();
  hand.take('pen');
  hand.down(at(0, 0));
  hand.drag(at(20, 30));
  expect(shown.at(-1)).toEqual(['draft', { kind: 'stroke', points: [0, 0, 20, 30], colour: 0, width: 4 }]);
  hand.up(at(20, 30));
  expect(shown.at(-1)).toEqual(['draft', null]);
  expect(board.items.at(-1)).toMatchObject({ kind: 'stroke', by: 1, z: 42 });
});

test('a draft is short enough to be shown', () => {
  const { board } = start();
  board.showDraft({ kind: 'stroke', points: relative(Array.from({ length: 900 }, (_, x) => ({ x: x * 3, y: (x % 7) * 40 }))), colour: 0, width: 4 });
  expect(JSON.stringify(shown.at(-1)![1]).length).toBeLessThanOrEqual(1_000);
});

test('a press that goes nowhere draws nothing, a tap with the pen a dot', () => {
  const { board, hand } = start();
  hand.take('rect');
  hand.down(at(5, 5));
  hand.drag(at(5, 5));
  hand.up(at(5, 5));
  expect(board.items).toEqual([]);
  hand.take('pen');
  hand.down(at(5, 5));
  hand.up(at(5, 5));
  expect(board.items).toMatchObject([{ kind: 'stroke', points: [5, 5] }]);
});

test('two fingers take back what the first began', () => {
  const { board, hand } = start();
  hand.take('pen');
  hand.down(at(0, 0));
  hand.drag(at(20, 30));
  hand.cancel();
  hand.up(at(20, 30));
  expect([board.items, hand.draft, shown.at(-1)]).toEqual([[], null, ['draft', null]]);
});

test('what is chosen is carried, framed and painted', () => {
  const { hand } = start();
  rows.set('a', item({ points: [0, 0, 10, 10] }));
  rows.set('b', item({ points: [100, 0, 10, 10], colour: 3 }));
  tell();
  hand.down(at(5, 5));
  hand.drag(at(15, 25));
  expect(hand.carried).toEqual([10, 20]);
  hand.up(at(15, 25));
  expect(sent).toEqual([['move', { ids: ['a'], dx: 10, dy: 20 }]]);
  hand.down(at(-5, -5));
  hand.drag(at(120, 40));
  hand.up(at(120, 40));
  expect([...hand.selection]).toEqual(['a', 'b']);
  sent.length = 0;
  hand.paint(3);
  expect(sent).toEqual([['change', { id: 'a', colour: 3 }]]);
});

test('the eraser takes what it met, once the pointer is up', () => {
  const { board, hand } = start();
  rows.set('a', item({}));
  rows.set('b', item({ points: [100, 100, 5, 5] }));
  tell();
  hand.take('eraser');
  hand.down(at(50, -20));
  hand.drag(at(5, 5));
  expect([...hand.erased]).toEqual(['a']);
  hand.up(at(5, 5));
  expect(board.items.map(({ id }) => id)).toEqual(['b']);
});

test('words are put down, changed, and taken away when nothing is left', () => {
  const { board, hand } = start();
  hand.take('text');
  hand.down(at(5, 5));
  hand.up(at(5, 5));
  hand.written('Hello\r\nyou \n');
  expect(board.items).toMatchObject([{ kind: 'text', text: 'Hello\nyou' }]);
  hand.write(at(6, 20));
  expect(hand.writing).toMatchObject({ id: board.items[0]!.id, text: 'Hello\nyou' });
  hand.written('Hello\nyou');
  expect(sent.length).toBe(1);
  hand.write(at(6, 20));
  hand.written('  ');
  expect(board.items).toEqual([]);
  hand.write(at(6, 20));
  hand.written('   ');
  expect(sent.map(([name]) => name)).toEqual(['add', 'delete']);
});

test('who has no pointer makes shapes in the middle', () => {
  const { board, hand } = start();
  hand.take('ellipse');
  expect(hand.make({ x: 100, y: 100 })).toBe(true);
  expect(board.items).toMatchObject([{ kind: 'ellipse', points: [20, 50, 160, 100] }]);
  expect([...hand.selection]).toEqual([board.items[0]!.id]);
  hand.take('pen');
  expect(hand.make({ x: 0, y: 0 })).toBe(false);
});

test('what somebody else took away does not keep the others', async () => {
  const { board } = start();
  refuse = (name, { ids }) =>
    name === 'delete' && (ids as string[]).includes('b') ? new Refusal({ code: 'no_such_item', message: '', details: { ids: ['b'] } }) : null;
  board.remove(['a', 'b', 'c']);
  await vi.waitFor(() => expect(sent.length).toBe(2));
  expect(sent[1]).toEqual(['delete', { ids: ['a', 'c'] }]);
  expect(board.notice).toBeNull();
  board.remove(['b']);
  await vi.waitFor(() => expect(board.notice).toEqual({ code: 'no_such_item' }));
});

test('an undo that others stand in the way of can be given up', async () => {
  const { board } = start();
  refuse = (name, { past }) =>
    name === 'undo' && past === undefined ? new Refusal({ code: 'changed_since', message: '', details: { deed: 12 } }) : null;
  board.undo();
  await vi.waitFor(() => expect(board.notice).toEqual({ code: 'changed_since', past: 12 }));
  board.undo(board.notice!.past);
  expect(sent.at(-1)).toEqual(['undo', { past: 12 }]);
  await vi.waitFor(() => expect(board.notice).toBeNull());
});

test('more than one command may name goes in portions', () => {
  const { board } = start();
  const ids = Array.from({ length: 301 }, (_, nth) => `id-${nth}`);
  board.remove(ids);
  expect(sent.map(([, body]) => (body['ids'] as string[]).length)).toEqual([300, 1]);
});

test('a visitor shows nothing of themselves', () => {
  const { board } = start('visitor');
  board.point({ x: 1, y: 2 });
  board.showDraft({ kind: 'line', points: [0, 0, 1, 1], colour: 0, width: 1 } satisfies Figure);
  expect(shown).toEqual([]);
});

test('a line that goes on for ever stays what a stroke may have', () => {
  const { board, hand } = start();
  hand.take('pen');
  hand.down(at(0, 0));
  for (let x = 1; x < 4_000; x++) hand.drag(at(x * 3, Math.sin(x) * 200));
  hand.up(at(0, 0));
  expect(board.items[0]!.points.length).toBeLessThanOrEqual(2_000);
});
