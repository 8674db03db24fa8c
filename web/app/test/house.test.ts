// One event's live house, told by a scripted server: what the page makes of a cart that goes.

import { beforeEach, expect, test, vi } from 'vitest';
import { live, type Frame } from '../../packages/client/test/fake.ts';
import { layOut } from '../src/plan/layout.ts';

const fake = vi.hoisted(() => ({ room: null as unknown }));
vi.mock('../src/live.svelte.ts', () => ({ joinRoom: () => fake.room, serverNow: () => 0 }));
const { House } = await import('../src/seats/house.svelte.ts');

const ME = 'member:7';
const layout = layOut({
  name: '', zones: [{ id: 'a', name: 'A' }],
  sections: [{ name: 'Stalls', zone: 'a', x: 0, y: 0, rows: [{ label: 'A', seats: 4 }] }],
});
const cart = { seats: [[1, 4500], [2, 4500]], areas: [], total: 9000, until: 600_000, renewals: 0 };
const order = { code: 'ABC', seats: cart.seats, areas: [], total: 9000, payment: 'door', status: 'booked', at: 0 };
const parts = [
  { aud: 'all', shapes: { seats: { grid: { bits: 2, length: 4, data: btoa('\x14') } } } },
  { aud: ME, shapes: { cart: { rows: [['7', cart]] } } },
];

beforeEach(() => vi.stubGlobal('requestAnimationFrame', (run: () => void) => run()));

async function seated() {
  const { room, latest } = await live({ seq: 3, parts });
  fake.room = room;
  const house = new House(layout, 'r');
  const say = (...ops: unknown[][]) => {
    const frame: Frame = { t: 'ops', room: 'r', fragments: [{ aud: ME, prev: 3, seq: 4, ops }] };
    latest().say(frame);
  };
  return { house, say };
}

test('time ran out only when the room says so', async () => {
  const { house, say } = await seated();
  expect(house.cart?.total).toBe(9000);
  say(['del', 'cart', '7'], ['signal', 'expired', { seats: [1, 2], areas: [] }]);
  expect(house.cart).toBeNull();
  expect(house.expired).toEqual({ seats: [1, 2], areas: [] });
});

test('a cart released in another tab has not run out', async () => {
  const { house, say } = await seated();
  say(['del', 'cart', '7']);
  expect([house.cart, house.expired]).toEqual([null, null]);
});

test('a cart booked in another tab has not run out', async () => {
  const { house, say } = await seated();
  say(['del', 'cart', '7'], ['put', 'orders', 'o1', order]);
  expect([house.cart, house.expired, house.orders.length]).toEqual([null, null, 1]);
});

test('an area held at two prices is one number', async () => {
  const { house, say } = await seated();
  say(['put', 'cart', '7', { ...cart, areas: [[0, 2, 1500], [0, 1, 1800], [1, 4, 900]] }]);
  expect([house.areaHeld(0), house.areaHeld(1), house.areaHeld(2)]).toEqual([3, 4, 0]);
});
