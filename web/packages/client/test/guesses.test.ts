// Optimistic commands: shown at once, taken back on refusal, and never seen twice.

import { expect, test, vi } from 'vitest';
import { type Frame, live, settled } from './fake.ts';

const parts = [
  {
    aud: 'all',
    shapes: {
      count: { cell: 1 },
      rows: { rows: [['a', 1], ['b', 2], ['c', 3]] },
      seats: { grid: { bits: 2, length: 4, data: btoa('\0') } },
      said: { log: [[1, 'one'], [2, 'two']] },
    },
  },
];
const count = (prev: number, seq: number, value: number) => ({ aud: 'all', prev, seq, ops: [['cell', 'count', value]] });
const add = (by: number) => ({ optimistic: (draft: any) => draft.setCell('count', draft.cell('count') + by) });

async function counting() {
  const w = await live({ seq: 3, parts });
  const seen: unknown[] = [];
  w.room.cell('count').subscribe((value) => seen.push(value));
  const ops = (...fragments: Frame[]) => w.latest().say({ t: 'ops', room: 'r', fragments });
  const ok = (nth: number, seq: number) => w.latest().say({ t: 'ok', ref: w.latest().all('command')[nth]!.ref, seq, body: null });
  const no = (nth: number, code: string, more: Frame = {}) =>
    w.latest().say({ t: 'refused', ref: w.latest().all('command')[nth]!.ref, code, message: '', ...more });
  return { ...w, seen, ops, ok, no };
}

test('a guess is shown at once and its entry takes its place unseen', async () => {
  const { room, seen, ops, ok } = await counting();
  const done = room.command('add', {}, add(1));
  expect(seen).toEqual([1, 2]);
  ops(count(3, 4, 2));
  ok(0, 4);
  await done;
  expect(new Set(seen)).toEqual(new Set([1, 2]));
  expect(seen.at(-1)).toBe(2);
  expect(room.position).toBe(4);
});

test('a refusal takes the guess back', async () => {
  const { room, seen, no } = await counting();
  const done = room.command('add', {}, add(1));
  no(0, 'past_start');
  await expect(done).rejects.toMatchObject({ code: 'past_start' });
  expect(seen).toEqual([1, 2, 1]);
});

test('several guesses stack in order, whatever becomes of each', async () => {
  const { room, seen, ops, ok, no } = await counting();
  const [first, second, third] = [10, 100, 1000].map((by) => room.command('add', {}, add(by)));
  expect(seen).toEqual([1, 11, 111, 1111]);
  ops(count(3, 4, 11));
  ok(0, 4);
  no(1, 'past_start');
  await expect(second).rejects.toThrow();
  expect(seen.at(-1)).toBe(1011);
  ops(count(4, 5, 1011));
  ok(2, 5);
  await Promise.all([first, third]);
  expect(room.shapes.cell('count')).toBe(1011);
  expect(seen.every((value) => [1, 11, 111, 1111, 1011].includes(value as number))).toBe(true);
});

test('entries that came together wait for the last answer', async () => {
  const { room, seen, ops, ok } = await counting();
  const both = [room.command('add', {}, add(1)), room.command('add', {}, add(1))];
  ops({ aud: 'all', prev: 3, seq: 5, ops: [['cell', 'count', 2], ['cell', 'count', 3]] });
  ok(0, 4);
  await settled();
  expect(room.position).toBe(3);
  ok(1, 5);
  expect((await Promise.all(both)).map(({ seq }) => seq)).toEqual([4, 5]);
  expect(Math.max(...(seen as number[]))).toBe(3);
});

test("others' changes of what is guessed wait a moment and go below the guess", async () => {
  const { room, seen, ops, timers } = await counting();
  void room.command('add', {}, add(1));
  ops(count(3, 4, 50));
  expect(seen).toEqual([1, 2]);
  timers.pass(251);
  expect(seen).toEqual([1, 2, 51]);
});

test('what no guess touches is shown at once', async () => {
  const { room, seen, ops } = await counting();
  void room.command('add', {}, add(1));
  ops({ aud: 'all', prev: 3, seq: 4, ops: [['put', 'rows', 'd', 4]] });
  expect(room.rows('rows').get().get('d')).toBe(4);
  expect(seen).toEqual([1, 2]);
});

test('a lost answer: the entry that came with the new join is not seen twice', async () => {
  const { room, seen, latest, timers, welcome, joined, ok } = await counting();
  const done = room.command('add', {}, add(1));
  latest().onclose?.({ code: 1006 });
  timers.pass(501);
  await welcome();
  await joined({ seq: 4, term: 2, fragments: [count(3, 4, 2)] });
  expect(latest().last('command')).toMatchObject({ id: 'id-1', term: 2 });
  ok(0, 4);
  expect((await done).seq).toBe(4);
  expect(new Set(seen)).toEqual(new Set([1, 2]));
});

test('another epoch takes the guesses of what was answered with it', async () => {
  const { room, seen, latest, timers, welcome, joined, ok } = await counting();
  latest().say({ t: 'resync', room: 'r', code: 'x' });
  const done = room.command('add', {}, add(1));
  await joined({ seq: 3, fragments: [] });
  latest().say({ t: 'resync', room: 'r', code: 'x' });
  ok(0, 9);
  latest().onclose?.({ code: 1006 });
  timers.pass(501);
  await welcome();
  await joined({ epoch: 'e2', seq: 1, parts: [{ aud: 'all', shapes: { count: { cell: 7 } } }] });
  await done;
  expect(seen.at(-1)).toBe(7);
});

test('every kind of shape is guessed and taken back as it was', async () => {
  const { room, no } = await counting();
  const picture = () => JSON.stringify([
    [...room.rows('rows').get()], [...room.grid('seats').get().values], room.log('said').get(), room.cell('new').get(),
  ]);
  const before = picture();
  const done = room.command('change', {}, {
    optimistic: (draft) => {
      draft.put('rows', 'b', 20);
      draft.delete('rows', 'a');
      draft.put('fresh', 1, 'x');
      draft.set('seats', 2, 3);
      draft.set('seats', 99, 3);
      draft.push('said', 'three');
      draft.amend('said', 1, 'uno');
      draft.setCell('new', true);
    },
  });
  expect([...room.rows('rows').get()]).toEqual([['b', 20], ['c', 3]]);
  expect([...room.rows('fresh').get()]).toEqual([['1', 'x']]);
  expect([...room.grid('seats').get().values]).toEqual([0, 0, 3, 0]);
  expect(room.log('said').get()).toEqual([[1, 'uno'], [2, 'two'], [3, 'three']]);
  no(0, 'past_start');
  await expect(done).rejects.toThrow();
  expect(picture()).toBe(before);
});

test('a guess on a row that the room changes meanwhile goes on top', async () => {
  const { room, ops, ok, timers } = await counting();
  const done = room.command('mine', {}, { optimistic: (draft) => draft.push('said', 'mine') });
  ops({ aud: 'all', prev: 3, seq: 4, ops: [['log', 'said', 3, 'theirs']] });
  timers.pass(251);
  expect(room.log('said').get().map(([, value]) => value)).toEqual(['one', 'two', 'theirs', 'mine']);
  ops({ aud: 'all', prev: 4, seq: 5, ops: [['log', 'said', 4, 'mine']] });
  ok(0, 5);
  await done;
  expect(room.log('said').get().map(([no]) => no)).toEqual([1, 2, 3, 4]);
});

test('a guess that fails shows nothing and its command goes on', async () => {
  const { room, ok } = await counting();
  const reported: unknown[] = [];
  vi.stubGlobal('queueMicrotask', (run: () => void) => {
    try {
      run();
    } catch (error) {
      reported.push(error);
    }
  });
  const done = room.command('add', {}, {
    optimistic: (draft) => {
      draft.setCell('count', 99);
      throw new Error('guessed badly');
    },
  });
  expect(room.cell('count').get()).toBe(1);
  ok(0, 4);
  expect((await done).seq).toBe(4);
  vi.unstubAllGlobals();
  expect(reported.map(String)).toEqual(['Error: guessed badly']);
});

test('what was held when the connection went is not shown beside the guess', async () => {
  const { room, seen, ops, latest, timers, welcome, joined, ok } = await counting();
  const done = room.command('add', {}, add(1));
  ops(count(3, 4, 2));
  latest().onclose?.({ code: 1006 });
  expect(seen).toEqual([1, 2]);
  timers.pass(501);
  await welcome();
  expect(latest().last('join').have).toEqual({ epoch: 'e1', seq: 3 });
  await joined({ seq: 4, fragments: [count(3, 4, 2)] });
  ok(0, 4);
  await done;
  expect(new Set(seen)).toEqual(new Set([1, 2]));
});

test('a copy that came whole and was lost while it was held is fetched whole again', async () => {
  const { room, latest, timers, welcome, joined } = await counting();
  void room.command('add', {}, add(1));
  const again = async () => {
    latest().onclose?.({ code: 1006 });
    timers.pass(501);
    await welcome();
  };
  await again();
  await joined({ seq: 4, role: 'host', fragments: [] });
  await joined({ seq: 4, role: 'host', parts: [...parts, { aud: 'role:host', shapes: { secret: { cell: 1 } } }] });
  expect(room.cell('secret').get()).toBeUndefined();
  await again();
  expect(latest().last('join').have).toBeUndefined();
});

test('an answer to a later command frees nothing that an earlier one may have done', async () => {
  const { room, seen, latest, timers, welcome, joined, ok, no } = await counting();
  const first = room.command('add', {}, add(1));
  latest().onclose?.({ code: 1006 });
  timers.pass(501);
  const second = room.command('other');
  await welcome();
  await joined({ seq: 4, fragments: [count(3, 4, 2)] });
  no(0, 'busy', { retryAfterMs: 50 });
  ok(1, 5);
  expect(Math.max(...(seen as number[]))).toBe(2);
  timers.pass(51);
  ok(2, 4);
  await Promise.all([first, second]);
  expect(seen.at(-1)).toBe(2);
  expect(Math.max(...(seen as number[]))).toBe(2);
});
