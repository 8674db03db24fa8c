// The connection: who may come back, when, and as whom.

import { expect, test } from 'vitest';
import { backoffMs } from '../src/timing.ts';
import { live, settled, world } from './fake.ts';

test('R26 full jitter', () => {
  expect(backoffMs(0, () => 1)).toBe(500);
  expect(backoffMs(3, () => 0.5)).toBe(2000);
  expect(backoffMs(40, () => 1)).toBe(30_000);
});

test('R26 4500 stops', async () => {
  const { client, sockets, latest, timers } = await live();
  latest().onclose?.({ code: 4500 });
  expect(client.state.get()).toBe('stopped');
  timers.pass(120_000);
  expect(sockets).toHaveLength(1);
});

test('R21 ping is answered and sets the clock', async () => {
  const { client, latest, timers } = await live();
  latest().say({ t: 'ping', now: timers.time + 777 });
  expect(latest().last('pong')).toEqual({ t: 'pong' });
  expect(client.now() - timers.time).toBe(777);
});

test('R21 silence connects anew', async () => {
  const { sockets, timers } = await live();
  timers.pass(45_001);
  expect(sockets[0]!.closedWith).toBe(4002);
  timers.pass(501);
  expect(sockets).toHaveLength(2);
});

test('R25 goaway opens the new before the old closes', async () => {
  const { client, sockets, latest, timers, welcome, joined, room } = await live({ seq: 2 });
  latest().say({ t: 'goaway', afterMs: 100 });
  timers.pass(101);
  expect(sockets).toHaveLength(2);
  expect(sockets[0]!.closedWith).toBeNull();
  await welcome();
  expect(sockets[0]!.closedWith).toBe(1000);
  await joined({ seq: 2, fragments: [] });
  expect([client.state.get(), room.status.get()]).toEqual(['open', 'live']);
});

test('R22 expiring brings a new token', async () => {
  const { latest } = await live({}, { token: async (renew) => (renew ? 'new' : 'old') });
  expect(latest().last('hello').token).toBe('old');
  latest().say({ t: 'expiring', at: 1 });
  await settled();
  expect(latest().last('auth').token).toBe('new');
});

test('R22 resync joins again with what it has', async () => {
  const { latest } = await live({ seq: 6 });
  latest().say({ t: 'resync', room: 'r', code: 'authenticated' });
  expect(latest().last('join').have).toEqual({ epoch: 'e1', seq: 6 });
});

test('R38 unusable token goes on as a visitor', async () => {
  const { client, latest, welcome } = world({ token: async (renew) => (renew ? null : 'bad') });
  client.connect();
  latest().onopen?.();
  await settled();
  latest().say({ t: 'refused', ref: latest().last('hello').ref, code: 'token_invalid', message: '' });
  await settled();
  expect(latest().last('hello').token).toBeUndefined();
  latest().onopen = null;
  latest().say({ t: 'welcome', ref: latest().last('hello').ref, session: 's', now: 0, heartbeatMs: 1 });
  await settled();
  expect(client.state.get()).toBe('open');
  void welcome;
});

test('R7 another person starts from nothing', async () => {
  const { client, latest, sockets, welcome, room } = await live({ seq: 6 });
  client.reconnect();
  expect(sockets).toHaveLength(2);
  await welcome({ account: { id: '7', name: 'Ann', role: 'attendee' } });
  expect(latest().last('join').have).toBeUndefined();
  expect(client.account.get()?.name).toBe('Ann');
  expect(room.status.get()).not.toBe('gone');
});
