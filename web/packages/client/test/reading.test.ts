// What a page reads of a room: shapes as values, logs backwards, names, what people show.

import { expect, test, vi } from 'vitest';
import { type Frame, live, settled } from './fake.ts';

const parts = [
  {
    aud: 'all',
    shapes: {
      title: { cell: 'Jazz' },
      rows: { rows: [['a', 1]] },
      seats: { grid: { bits: 2, length: 4, data: btoa('\0') } },
      said: { log: [[41, 'x'], [42, 'y']] },
    },
  },
];

async function reading() {
  const w = await live({ seq: 3, parts });
  let seq = 3;
  const ops = (...list: unknown[][]) =>
    w.latest().say({ t: 'ops', room: 'r', fragments: [{ aud: 'all', prev: seq, seq: ++seq, ops: list }] });
  const answer = (t: string, body: unknown) => {
    w.latest().say({ t: 'ok', ref: w.latest().last(t).ref, body });
    return settled();
  };
  return { ...w, ops, answer };
}

test('a subscriber is told at once and then only of its own shape', async () => {
  const { room, ops } = await reading();
  const told = { title: vi.fn(), rows: vi.fn(), seats: vi.fn(), said: vi.fn(), signal: vi.fn() };
  room.cell('title').subscribe(told.title);
  room.rows('rows').subscribe(told.rows);
  room.grid('seats').subscribe(told.seats);
  const stop = room.log('said').subscribe(told.said);
  room.onSignal('bell', told.signal);
  const calls = () => Object.values(told).map((run) => run.mock.calls.length);
  expect(calls()).toEqual([1, 1, 1, 1, 0]);
  ops(['put', 'rows', 'b', 2], ['put', 'rows', 'c', 3]);
  expect(calls()).toEqual([1, 2, 1, 1, 0]);
  expect([...told.rows.mock.lastCall![0]]).toEqual([['a', 1], ['b', 2], ['c', 3]]);
  ops(['set', 'seats', 1, 2, 3, 1]);
  expect(told.seats.mock.lastCall![0]).toEqual({ values: new Uint8Array([0, 2, 0, 1]), changed: [1, 3] });
  ops(['log', 'said', 43, 'z'], ['signal', 'bell', 'ding']);
  expect(told.said.mock.lastCall![0]).toEqual([[41, 'x'], [42, 'y'], [43, 'z']]);
  expect(told.signal.mock.lastCall).toEqual(['ding']);
  stop();
  ops(['log', 'said', 44, '!'], ['cell', 'title', 'Blues']);
  expect(calls()).toEqual([2, 2, 2, 2, 1]);
  expect(room.log('said').get()).toHaveLength(4);
});

test('a copy that comes whole tells everyone', async () => {
  const { room, latest, joined } = await reading();
  const seats = vi.fn();
  room.grid('seats').subscribe(seats);
  latest().say({ t: 'resync', room: 'r', code: 'x' });
  await joined({ seq: 9, parts });
  expect(seats.mock.lastCall![0].changed).toBeNull();
  expect(room.position).toBe(9);
});

test('R51 history asks for a page', async () => {
  const { room, latest, answer } = await reading();
  const page = room.history('said', 41, 2);
  expect(latest().last('history')).toMatchObject({ room: 'r', shape: 'said', before: 41, limit: 2 });
  await answer('history', { rows: [[39, 'v'], [40, 'w']], more: true });
  expect(await page).toEqual({ rows: [[39, 'v'], [40, 'w']], more: true });
});

test('R51 a page asked for without a connection comes with the next one', async () => {
  const { room, latest, timers, welcome, joined, answer } = await reading();
  latest().onclose?.({ code: 1006 });
  const page = room.history('said');
  timers.pass(501);
  await welcome();
  await joined({ seq: 3, fragments: [] });
  await answer('history', { rows: [], more: false });
  expect(await page).toEqual({ rows: [], more: false });
});

test('R50 a log read backwards keeps what was read, as amended since', async () => {
  const { room, ops, answer, latest, joined } = await reading();
  const scroll = room.scroll('said');
  const values = () => scroll.rows.get().map(([no, value]) => `${no}${value}`).join(' ');
  expect([values(), scroll.more.get()]).toEqual(['41x 42y', true]);
  const [older, same] = [scroll.older(), scroll.older()];
  expect(latest().all('history')).toHaveLength(1);
  ops(['log', 'said', 40, 'W']);
  await answer('history', { rows: [[39, 'v'], [40, 'w']], more: true });
  await Promise.all([older, same]);
  expect(values()).toBe('39v 40W 41x 42y');
  ops(['log', 'said', 39, 'V'], ['log', 'said', 43, 'z']);
  expect(values()).toBe('39V 40W 41x 42y 43z');
  for (let no = 44; no < 160; no++) ops(['log', 'said', no, '']);
  expect(scroll.rows.get()).toHaveLength(121);
  latest().say({ t: 'resync', room: 'r', code: 'x' });
  await joined({ seq: 900, parts });
  expect(values()).toBe('41x 42y');
  scroll.close();
});

test('R54 names are asked for together and kept', async () => {
  const { room, latest, answer, timers } = await reading();
  const [one, two] = [room.people([7, 8]), room.people([8, 9])];
  await settled();
  expect(latest().all('people').map(({ accounts }) => accounts)).toEqual([[7, 8, 9]]);
  await answer('people', { people: [[7, { name: 'Ann' }], [8, { name: 'Bob' }]] });
  expect([...(await one)]).toEqual([[7, { name: 'Ann' }], [8, { name: 'Bob' }]]);
  expect([...(await two).keys()]).toEqual([8]);
  expect((await room.people([7])).get(7)?.name).toBe('Ann');
  expect(latest().all('people')).toHaveLength(1);
  timers.pass(600_001);
});

test('R54 a hundred at once', async () => {
  const { room, latest } = await reading();
  void room.people(Array.from({ length: 250 }, (_, at) => at + 1));
  await settled();
  expect(latest().all('people').map(({ accounts }) => accounts.length)).toEqual([100, 100, 50]);
});

test('R53 volatile values by session', async () => {
  const { room, latest, joined } = await reading();
  const told = vi.fn();
  room.live('cursor').subscribe(told);
  const say = (values: unknown[], more: Frame = {}) => latest().say({ t: 'live', room: 'r', values, ...more });
  say([['cursor', 7, 1, [3, 4]], ['cursor', 8, 2, [5, 6]], ['away', 8, 2, true]]);
  expect([...told.mock.lastCall![0]]).toEqual([[1, { account: 7, value: [3, 4] }], [2, { account: 8, value: [5, 6] }]]);
  say([['cursor', 7, 1, null]]);
  expect([...told.mock.lastCall![0].keys()]).toEqual([2]);
  say([['away', 8, 2, null]]);
  expect(told).toHaveBeenCalledTimes(3);
  say([['cursor', 9, 3, [1, 1]]], { all: true });
  expect([...told.mock.lastCall![0].keys()]).toEqual([3]);
  latest().say({ t: 'resync', room: 'r', code: 'x' });
  await joined({ seq: 3, fragments: [] });
  expect(told.mock.lastCall![0].size).toBe(0);
});

test('R52 what one shows: at most twenty a second, the last one always, again after a new join', async () => {
  const { room, latest, timers, welcome, joined } = await reading();
  const sent = () => latest().all('show').map(({ shape, value }) => [shape, value]);
  for (let x = 0; x < 100; x++) {
    room.show('cursor', x);
    timers.pass(10);
  }
  expect(sent().length).toBeLessThanOrEqual(21);
  timers.pass(100);
  expect(sent().at(-1)).toEqual(['cursor', 99]);
  room.show('typing', true);
  room.show('typing', null);
  timers.pass(100);
  latest().onclose?.({ code: 1006 });
  room.show('cursor', 'meanwhile');
  timers.pass(501);
  await welcome();
  await joined({ seq: 3, fragments: [] });
  expect(sent()).toEqual([['cursor', 'meanwhile']]);
});

test('R52 what cannot be shown is a complaint', async () => {
  const complaints: string[] = [];
  const { latest } = await live({}, { onComplaint: ({ code }) => complaints.push(code) });
  latest().say({ t: 'refused', ref: null, code: 'unknown_live', message: '' });
  expect(complaints).toEqual(['unknown_live']);
});

test('members are rows, told like any others', async () => {
  const { room, ops } = await reading();
  ops(['put', 'members', 7, { state: 'here', role: 'member' }]);
  expect([...room.members.get()]).toEqual([['7', { state: 'here', role: 'member' }]]);
});
