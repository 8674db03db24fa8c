// A room's copy and its commands, told by a scripted server.

import { expect, test } from 'vitest';
import { live, settled } from './fake.ts';

const put = (aud: string, prev: number, seq: number, key: string, value: unknown) => ({
  aud,
  prev,
  seq,
  ops: [['put', 'rows', key, value]],
});

test('R7 snapshot then ops in order', async () => {
  const parts = [{ aud: 'all', shapes: { rows: { rows: [['a', 1]] } } }];
  const { room, latest } = await live({ seq: 3, parts });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'b', 2), put('all', 4, 5, 'a', 9)] });
  expect([...room.shapes.rows('rows')]).toEqual([['a', 9], ['b', 2]]);
  expect(room.position).toBe(5);
});

test('R11 duplicate is ignored', async () => {
  const { room, latest } = await live({ seq: 3 });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'a', 1)] });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'a', 'again')] });
  expect(room.shapes.rows('rows').get('a')).toBe(1);
});

test('R11 gap joins again with what is sure', async () => {
  const { room, latest, joined } = await live({ seq: 3 });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'a', 1)] });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 6, 7, 'c', 3)] });
  expect(latest().last('join').have).toEqual({ epoch: 'e1', seq: 4 });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 7, 8, 'lost', 0)] });
  await joined({ seq: 8, fragments: [put('all', 4, 6, 'b', 2), put('all', 6, 7, 'c', 3), put('all', 7, 8, 'd', 4)] });
  expect([...room.shapes.rows('rows').keys()]).toEqual(['a', 'b', 'c', 'd']);
});

test('R12 audiences are chains of their own', async () => {
  const { room, latest } = await live({ seq: 3 });
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 2, 4, 'a', 1), put('member:7', 1, 5, 'mine', 1)] });
  latest().say({ t: 'ops', room: 'r', fragments: [put('member:7', 5, 9, 'mine', 2), put('all', 4, 9, 'a', 2)] });
  expect(Object.fromEntries(room.shapes.rows('rows'))).toEqual({ a: 2, mine: 2 });
  expect(latest().all('join')).toHaveLength(1);
});

test('R16 settles after position', async () => {
  const { room, latest } = await live({ seq: 3 });
  const done = room.command('hold', { seats: [1] });
  const { ref, id, term } = latest().last('command');
  expect([id, term]).toEqual(['id-1', 1]);
  latest().say({ t: 'ops', room: 'r', fragments: [put('all', 3, 4, 'a', 1)] }, { t: 'ok', ref, seq: 4, body: { x: 1 } });
  expect(await done).toEqual({ seq: 4, body: { x: 1 } });
  expect(room.shapes.rows('rows').get('a')).toBe(1);
});

test('R15 stale term is sent again with the same id', async () => {
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

test('R13 lost connection resumes and resends', async () => {
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

test('R7 parts replace everything', async () => {
  const parts = [{ aud: 'all', shapes: { rows: { rows: [['old', 1]] } } }];
  const { room, latest, timers, welcome, joined } = await live({ seq: 9, parts });
  latest().onclose?.({ code: 4000 });
  timers.pass(501);
  await welcome();
  await joined({ epoch: 'e2', seq: 1, parts: [{ aud: 'all', shapes: { rows: { rows: [['new', 1]] } } }] });
  expect([...room.shapes.rows('rows').keys()]).toEqual(['new']);
  latest().say({ t: 'resync', room: 'r', code: 'authenticated' });
  expect(latest().last('join').have).toEqual({ epoch: 'e2', seq: 1 });
});

test('R7 another role joins again without what it had', async () => {
  const parts = [{ aud: 'all', shapes: { rows: { rows: [['a', 1]] } } }];
  const { room, latest, timers, welcome, joined } = await live({ seq: 3, role: 'attendee', parts });
  const done = room.command('block', { seats: [1] });
  latest().onclose?.({ code: 4000 });
  timers.pass(501);
  await welcome();
  expect(latest().last('join').have).toEqual({ epoch: 'e1', seq: 3 });
  await joined({ seq: 4, role: 'staff', fragments: [put('role:staff', 3, 4, 'secret', 2)] });
  expect(latest().all('join')).toHaveLength(2);
  expect(latest().last('join').have).toBeUndefined();
  latest().say({ t: 'ops', room: 'r', fragments: [put('role:staff', 4, 5, 'early', 3)] });
  expect([...room.shapes.rows('rows').keys()]).toEqual(['a']);
  expect(latest().all('command')).toHaveLength(0);
  const whole = [...parts, { aud: 'role:staff', shapes: { rows: { rows: [['old', 0], ['secret', 2]] } } }];
  await joined({ seq: 5, role: 'staff', parts: whole });
  expect([...room.shapes.rows('rows').keys()]).toEqual(['a', 'old', 'secret']);
  expect([room.role, latest().all('join').length]).toEqual(['staff', 2]);
  latest().say({ t: 'ok', ref: latest().last('command').ref, seq: 5 });
  expect((await done).seq).toBe(5);
});

test('R7 the same role goes on from what it had', async () => {
  const { room, latest, timers, welcome, joined } = await live({ seq: 3, role: 'staff' });
  latest().onclose?.({ code: 4000 });
  timers.pass(501);
  await welcome();
  await joined({ seq: 4, role: 'staff', fragments: [put('role:staff', 3, 4, 'b', 2)] });
  expect([...room.shapes.rows('rows').keys()]).toEqual(['b']);
  expect(latest().all('join')).toHaveLength(1);
});

test('R18 busy is tried again and an outcome is not', async () => {
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

test('R32 no such room ends it', async () => {
  const { client, latest } = await live();
  const room = client.join('secret');
  latest().say({ t: 'refused', ref: latest().last('join').ref, code: 'no_such_room', message: '' });
  await settled();
  expect(room.status.get()).toBe('gone');
  await expect(room.command('hold')).rejects.toMatchObject({ code: 'no_such_room' });
});

test('R9 a message with a gap is applied not at all', async () => {
  const { room, latest } = await live({ seq: 3 });
  latest().say({ t: 'ops', room: 'r', fragments: [put('member:7', 3, 5, 'mine', 1), put('all', 4, 5, 'a', 1)] });
  expect(room.shapes.rows('rows').size).toBe(0);
  expect(latest().last('join').have).toEqual({ epoch: 'e1', seq: 3 });
});
