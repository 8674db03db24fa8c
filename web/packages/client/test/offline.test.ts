// Commands without a connection: they wait in order, are counted and bounded, can be withdrawn, and settle once.

import { expect, test } from 'vitest';
import { live, settled, world } from './fake.ts';

async function lost() {
  const w = await live({ seq: 3 });
  w.latest().onclose?.({ code: 1006 });
  const back = async (joined = { seq: 3, term: 2, fragments: [] as unknown[] }, welcome = {}) => {
    w.timers.pass(501);
    await w.welcome(welcome);
    await w.joined(joined);
  };
  return { ...w, back };
}

test('they wait, are counted, and go in order under the new term', async () => {
  const { room, latest, back } = await lost();
  const waiting: number[] = [];
  room.waiting.subscribe((count) => waiting.push(count));
  const done = ['a', 'b', 'c'].map((name) => room.command(name));
  expect(waiting).toEqual([0, 1, 2, 3]);
  await back();
  expect(latest().all('command').map(({ name, term }) => [name, term])).toEqual([['a', 2], ['b', 2], ['c', 2]]);
  expect(room.waiting.get()).toBe(0);
  for (const { ref } of latest().all('command')) latest().say({ t: 'ok', ref, seq: 3 });
  expect(await Promise.all(done)).toHaveLength(3);
});

test('a hundred wait and the next is refused at once', async () => {
  const { room } = await lost();
  for (let at = 0; at < 100; at++) room.command('a').catch(() => {});
  let shown: unknown;
  const refused = room.command('a', {}, { optimistic: (draft) => draft.setCell('x', 1) });
  room.cell('x').subscribe((value) => (shown = value));
  await expect(refused).rejects.toMatchObject({ code: 'queue_full' });
  expect([room.waiting.get(), shown]).toEqual([100, undefined]);
});

test('one that waits can be withdrawn, with what it showed; one that was sent cannot', async () => {
  const { room, latest, back } = await lost();
  const doubt = new AbortController();
  const guess = (value: number) => ({ optimistic: (draft: any) => draft.setCell('x', value), signal: doubt.signal });
  const withdrawn = room.command('a', {}, guess(1));
  expect(room.cell('x').get()).toBe(1);
  doubt.abort();
  await expect(withdrawn).rejects.toMatchObject({ code: 'withdrawn' });
  expect([room.cell('x').get(), room.waiting.get()]).toEqual([undefined, 0]);
  await expect(room.command('b', {}, { signal: doubt.signal })).rejects.toMatchObject({ code: 'withdrawn' });
  await back();
  expect(latest().all('command')).toHaveLength(0);
  const late = new AbortController();
  const done = room.command('c', {}, { signal: late.signal });
  late.abort();
  latest().say({ t: 'ok', ref: latest().last('command').ref, seq: 3 });
  expect((await done).seq).toBe(3);
});

test('what one person asked is not sent as another', async () => {
  const w = world();
  w.client.connect();
  await w.welcome({ account: { id: 7, name: 'Ann', role: 'attendee' } });
  const room = w.client.join('r');
  await w.joined({ seq: 3 });
  w.latest().onclose?.({ code: 1006 });
  const anns = room.command('a');
  w.timers.pass(501);
  await w.welcome({ account: { id: 8, name: 'Bob', role: 'attendee' } });
  await w.joined({ seq: 3 });
  await expect(anns).rejects.toMatchObject({ code: 'other_account' });
  expect(w.latest().all('command')).toHaveLength(0);
});

test('R35 too fast: one after the other, in order, until everything is sent', async () => {
  const { room, latest, timers } = await live({ seq: 3 });
  const done = ['a', 'b', 'c'].map((name) => room.command(name));
  const refuse = (ref: number) =>
    latest().say({ t: 'refused', ref, code: 'rate_limited', message: '', retryAfterMs: 500 });
  const [a, b, c] = latest().all('command');
  latest().say({ t: 'ok', ref: a!.ref, seq: 3 });
  refuse(b!.ref);
  refuse(c!.ref);
  for (let again = 0; again < 6; again++) {
    timers.pass(501);
    expect(latest().all('command').length).toBe(4 + again);
    expect(latest().last('command').name).toBe('b');
    if (again < 5) refuse(latest().last('command').ref);
  }
  latest().say({ t: 'ok', ref: latest().last('command').ref, seq: 3 });
  expect(latest().last('command').name).toBe('c');
  latest().say({ t: 'ok', ref: latest().last('command').ref, seq: 3 });
  expect(await Promise.all(done)).toHaveLength(3);
});

test('R30 what is too long is refused at once, and what comes after it is sent', async () => {
  const { room, latest } = await live({ seq: 3 });
  const long = room.command('a', { text: 'é'.repeat(9000) });
  const short = room.command('b', { text: 'é' });
  await expect(long).rejects.toMatchObject({ code: 'too_large' });
  expect(latest().all('command').map(({ name }) => name)).toEqual(['b']);
  latest().say({ t: 'ok', ref: latest().last('command').ref, seq: 3 });
  expect((await short).seq).toBe(3);
});

test('no more than sixteen are on their way at once', async () => {
  const { room, latest } = await live({ seq: 3 });
  const done = Array.from({ length: 20 }, () => room.command('a'));
  expect(latest().all('command')).toHaveLength(16);
  for (let at = 0; at < 20; at++) latest().say({ t: 'ok', ref: latest().all('command')[at]!.ref, seq: 3 });
  expect(await Promise.all(done)).toHaveLength(20);
});

test('a room that was left refuses what waits; one that is gone does, and can be entered again', async () => {
  const { client, room, latest, joined } = await live({ seq: 3 });
  const kicked = room.command('a');
  latest().say({ t: 'gone', room: 'r', code: 'kicked' });
  await expect(kicked).rejects.toMatchObject({ code: 'kicked' });
  await expect(room.command('b')).rejects.toMatchObject({ code: 'kicked' });
  room.enterAgain();
  await joined({ seq: 4, fragments: [] });
  expect([room.status.get(), room.refusal]).toEqual(['live', null]);
  const left = room.command('c');
  room.leave();
  await expect(left).rejects.toMatchObject({ code: 'left' });
  expect(latest().last('leave').room).toBe('r');
  expect(client.join('r')).not.toBe(room);
  await settled();
});

test('a goodbye to two joins: only the last answer counts', async () => {
  const { room, latest } = await live({ seq: 3 });
  latest().say({ t: 'resync', room: 'r', code: 'a' });
  latest().say({ t: 'resync', room: 'r', code: 'b' });
  const [, first, second] = latest().all('join');
  const base = { t: 'joined', room: 'r', app: 'x', version: 1, epoch: 'e1', role: 'x', fragments: [] };
  latest().say({ ...base, ref: first!.ref, term: 1, seq: 3 });
  void room.command('a');
  expect(latest().all('command')).toHaveLength(0);
  latest().say({ ...base, ref: second!.ref, term: 2, seq: 3 });
  expect(latest().last('command').term).toBe(2);
});
