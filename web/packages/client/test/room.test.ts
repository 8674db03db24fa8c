// A room's copy and its commands, told by a scripted server.

import { expect, test } from 'vitest';
import { live, settled } from './fake.ts';

const put = (aud: string, prev: number, seq: number, key: string, value: unknown) => ({
  aud,
  prev,
  seq,
  ops: [['put', 'rows', key, value]],
});

test('r07_snapshot_then_ops_in_order', async () => {
  const parts = [{ aud: 'all', shapes: { rows: { rows: [['a', 1]] } } }];
  const { room, latest } = await live({ seq: 3, parts });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'b', 2), put('all', 4, 5, 'a', 9)] });
  expect([...room.shapes.rows('rows')]).toEqual([['a', 9], ['b', 2]]);
  expect(room.position).toBe(5);
});

test('r11_duplicate_is_ignored', async () => {
  const { room, latest } = await live({ seq: 3 });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'a', 1)] });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'a', 'again')] });
  expect(room.shapes.rows('rows').get('a')).toBe(1);
});

test('r11_gap_joins_again_with_what_is_sure', async () => {
  const { room, latest, joined } = await live({ seq: 3 });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'a', 1)] });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 6, 7, 'c', 3)] });
  expect(latest().last('join').have).toEqual({ epoch: 'e1', seq: 4 });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 7, 8, 'lost', 0)] });
  await joined({ seq: 8, fragments: [put('all', 4, 6, 'b', 2), put('all', 6, 7, 'c', 3), put('all', 7, 8, 'd', 4)] });
  expect([...room.shapes.rows('rows').keys()]).toEqual(['a', 'b', 'c', 'd']);
});

test('r12_audiences_are_chains_of_their_own', async () => {
  const { room, latest } = await live({ seq: 3 });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 2, 4, 'a', 1), put('member:7', 1, 5, 'mine', 1)] });
  latest().say({ t: 'ops', room: 'r', fragments: [put('member:7', 5, 9, 'mine', 2), put('all', 4, 9, 'a', 2)] });
  expect(Object.fromEntries(room.shapes.rows('rows'))).toEqual({ a: 2, mine: 2 });
  expect(latest().all('join')).toHaveLength(1);
});

test('r16_settles_after_position', async () => {
  const { room, latest } = await live({ seq: 3 });
  const done = room.command('hold', { seats: [1] });
  const { ref, id, term } = latest().last('command');
  expect([id, term]).toEqual(['id-1', 1]);
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'a', 1)] }, { t: 'ok', ref, seq: 4, body: { x: 1 } });
  expect(await done).toEqual({ seq: 4, body: { x: 1 } });
  expect(room.shapes.rows('rows').get('a')).toBe(1);
});

test('r15_stale_term_is_sent_again_with_the_same_id', async () => {
  const { room, latest, joined } = await live({ seq: 3 });
  const done = room.command('hold', { seats: [1] });
  latest().say({ t: 'refused', ref: latest().last('command').ref, code: 'stale_term', message: '' });
  await settled();
  expect(latest().last('join').have).toEqual({ epoch: 'e1', seq: 3 });
  await joined({ seq: 3, term: 2, fragments: [] });
  const [first, second] = latest().all('command');
  expect(second).toMatchObject({ id: first!.id, term: 2 });
  latest().say({ t: 'ok', ref: second!.ref, seq: 3, body: null });
  expect((await done).seq).toBe(3);
});

test('r13_lost_connection_resumes_and_resends', async () => {
  const { room, latest, sockets, timers, welcome, joined } = await live({ seq: 3 });
  const done = room.command('book');
  latest().onclose?.({ code: 1006 });
  await settled();
  expect(room.status.get()).toBe('stale');
  timers.pass(501);
  expect(sockets).toHaveLength(2);
  await welcome();
  expect(latest().last('join').have).toEqual({ epoch: 'e1', seq: 3 });
  await joined({ seq: 4, term: 2, fragments: [put('all', 3, 4, 'a', 1)] });
  expect(latest().last('command')).toMatchObject({ id: 'id-1', term: 2 });
  latest().say({ t: 'ok', ref: latest().last('command').ref, seq: 4 });
  expect((await done).seq).toBe(4);
  expect(room.status.get()).toBe('live');
});

test('r07_parts_replace_everything', async () => {
  const parts = [{ aud: 'all', shapes: { rows: { rows: [['old', 1]] } } }];
  const { room, latest, timers, welcome, joined } = await live({ seq: 9, parts });
  latest().onclose?.({ code: 4000 });
  timers.pass(501);
  await welcome();
  await joined({ epoch: 'e2', seq: 1, parts: [{ aud: 'all', shapes: { rows: { rows: [['new', 1]] } } }] });
  expect([...room.shapes.rows('rows').keys()]).toEqual(['new']);
});

test('r18_busy_is_tried_again_and_an_outcome_is_not', async () => {
  const { room, latest, timers } = await live();
  const done = room.command('hold');
  latest().say({ t: 'refused', ref: latest().last('command').ref, code: 'busy', message: '', retryAfterMs: 50 });
  await settled();
  timers.pass(51);
  expect(latest().all('command').map((frame) => frame.id)).toEqual(['id-1', 'id-1']);
  const details = { seats: [1], alternatives: [[2, 3]] };
  latest().say({ t: 'refused', ref: latest().last('command').ref, code: 'seats_taken', message: 'no', details });
  await expect(done).rejects.toMatchObject({ code: 'seats_taken', details });
});

test('r32_no_such_room_ends_it', async () => {
  const { client, latest } = await live();
  const room = client.join('secret');
  latest().say({ t: 'refused', ref: latest().last('join').ref, code: 'no_such_room', message: '' });
  await settled();
  expect(room.status.get()).toBe('gone');
  await expect(room.command('hold')).rejects.toMatchObject({ code: 'no_such_room' });
});
