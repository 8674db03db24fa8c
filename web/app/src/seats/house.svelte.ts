// One event's live house: what the room says, seen by this person. Components read it; it sends the commands.

import {
  Refusal,
  type Change,
  type Room,
  type SeatsApp,
  type SeatsCart,
  type SeatsDeskRow,
  type SeatsEvent,
  type SeatsOrder,
  type SeatsWaiting,
  type SeatsWish,
} from '@houseful/client';
import { joinRoom, serverNow } from '../live.svelte.ts';
import type { Layout } from '../plan/layout.ts';
import { FREE, HELD, standingOf, type Mine, type Standing } from './standing.ts';

export type EventFacts = SeatsEvent;
export type Cart = SeatsCart;
export type Wish = SeatsWish;
export type AreaCount = SeatsApp['rows']['areas'];
export type Booked = SeatsApp['commands']['book']['reply'];
/** What was in a cart that has run out. */
export type Expired = SeatsApp['signals']['expired'];
type Commands = SeatsApp['commands'];

export interface Order extends SeatsOrder {
  id: string;
}

export interface DeskRow extends SeatsDeskRow {
  key: string;
}

export const areaLeft = (area: AreaCount): number =>
  Math.max(0, area.capacity - area.held - area.booked - area.blocked);

export class House {
  readonly layout: Layout;
  readonly room: Room<SeatsApp>;

  event = $state.raw<EventFacts | null>(null);
  cart = $state.raw<Cart | null>(null);
  orders = $state.raw<Order[]>([]);
  areas = $state.raw<AreaCount[]>([]);
  /** One's own place in the waiting list, and what is kept for one. */
  waiting = $state.raw<SeatsWaiting | null>(null);
  /** Where the event is on the net, for those who may know. */
  online = $state<string | null>(null);
  desk = $state.raw<DeskRow[]>([]);
  /** Free seats of each section; replaced as a whole at most once a frame. */
  sectionFree = $state.raw<Int32Array>(new Int32Array(0));
  totals = $state.raw<[number, number, number, number]>([0, 0, 0, 0]);
  /** Rises with every change of a seat; lists read it to be told. */
  version = $state(0);
  here = $state(0);
  watching = $state(0);
  status = $state<'joining' | 'live' | 'stale' | 'gone'>('joining');
  pendingCount = $state(0);
  /** The cart has run out: only the room says so, for a cart can be gone for other reasons. */
  expired = $state.raw<Expired | null>(null);

  #grid: Uint8Array = new Uint8Array(0);
  #mine: Mine = { cart: new Set(), booked: new Set(), pending: new Set() };
  #free: Int32Array;
  #painters = new Set<(changed: number[] | null) => void>();
  #ends: (() => void)[] = [];
  #counting = false;

  constructor(layout: Layout, path: string) {
    this.layout = layout;
    this.#free = new Int32Array(layout.sections.length);
    this.room = joinRoom<SeatsApp>(path);
    this.#ends = [
      this.room.onChange((change) => this.#changed(change)),
      this.room.status.subscribe((status) => (this.status = status)),
      this.room.presence.subscribe(({ here, watching }) => {
        this.here = here;
        this.watching = watching;
      }),
    ];
    if (this.room.shapes.grid('seats')) this.#reset();
  }

  leave(): void {
    for (const end of this.#ends) end();
    this.room.leave();
  }

  standing(index: number): Standing {
    return standingOf(index, this.#grid, this.#mine);
  }

  price(index: number): number {
    return this.zonePrice(this.layout.sections[this.layout.section[index]!]!.zone);
  }

  zonePrice(zone: number): number {
    const id = this.layout.plan.zones[zone]?.id ?? '';
    return this.event?.prices[id] ?? 0;
  }

  /** Told of the seats that look different now, or null for all of them. */
  onPaint(run: (changed: number[] | null) => void): () => void {
    this.#painters.add(run);
    return () => this.#painters.delete(run);
  }

  async hold(wish: Wish): Promise<Cart> {
    this.expired = null;
    return this.#during(wish.seats ?? [], async () => (await this.room.command('hold', wish)).body);
  }

  async release(wish: Pick<Wish, 'seats' | 'areas'>): Promise<void> {
    await this.#during(wish.seats ?? [], () => this.room.command('release', wish));
  }

  async renew(): Promise<void> {
    await this.room.command('renew', {});
  }

  async book(): Promise<Booked> {
    const payment = this.cart?.total ? 'door' : 'free';
    return (await this.room.command('book', { payment })).body;
  }

  async command<N extends 'block' | 'unblock' | 'cancel' | 'publish'>(name: N, body: Commands[N]['body']): Promise<void> {
    await this.room.command<unknown>(name, body);
  }

  /** Places of an area in the cart, whatever each was held for. */
  areaHeld(area: number): number {
    return (this.cart?.areas ?? []).reduce((sum, [index, count]) => sum + (index === area ? count : 0), 0);
  }

  /** Waits for places, as one stands in line. */
  async wait(count: number): Promise<void> {
    await this.room.command('queue', { count });
  }

  async waitNoLonger(): Promise<void> {
    await this.room.command('unqueue', {});
  }

  /** What is kept for one: the best that is left, or places of the areas that have some. */
  async takeOffer(count: number): Promise<Cart> {
    if (this.layout.count > 0 && this.totals[FREE] > this.areas.reduce((sum, area) => sum + areaLeft(area), 0)) return this.hold({ best: { count } });
    let open = count;
    const areas = this.areas.map((area, k): [number, number] => {
      const taken = Math.min(open, areaLeft(area));
      open -= taken;
      return [k, taken];
    });
    return this.hold({ areas: areas.filter(([, taken]) => taken > 0) });
  }

  msLeft(): number {
    return this.cart ? this.cart.until - serverNow() : 0;
  }

  async #during<T>(seats: number[], run: () => Promise<T>): Promise<T> {
    for (const seat of seats) this.#mine.pending.add(seat);
    this.pendingCount++;
    this.#paint(seats);
    try {
      return await run();
    } finally {
      for (const seat of seats) this.#mine.pending.delete(seat);
      this.pendingCount--;
      this.#paint(seats);
    }
  }

  #changed(change: Change): void {
    if (change.reset) return this.#reset();
    if (change.cells.has('event')) this.#readEvent();
    if (change.rows.has('areas')) {
      this.#readAreas();
      this.#countSoon();
    }
    if (change.rows.has('desk')) this.#readDesk();
    if (change.rows.has('queue') || change.rows.has('venue')) this.#readOwn();
    const touched = new Set<number>(change.grids.get('seats') ?? []);
    if (change.rows.has('cart') || change.rows.has('orders')) for (const i of this.#readMine()) touched.add(i);
    if (touched.size) this.#paint([...touched]);
    for (const [name, value] of change.signals) if (name === 'expired') this.expired = value as Expired;
  }

  #reset(): void {
    this.#grid = this.room.shapes.grid('seats') ?? new Uint8Array(this.layout.count);
    this.#readEvent();
    this.#readAreas();
    this.#readDesk();
    this.#readOwn();
    this.#readMine();
    this.#paint(null);
  }

  #readEvent(): void {
    this.event = this.room.shapes.cell<EventFacts>('event') ?? this.event;
  }

  #readAreas(): void {
    const rows = this.room.shapes.rows<AreaCount>('areas');
    const none = { capacity: 0, held: 0, booked: 0, blocked: 0 };
    this.areas = this.layout.areas.map((area) => rows.get(String(area.index)) ?? none);
  }

  #readDesk(): void {
    const rows = this.room.shapes.rows<Omit<DeskRow, 'key'>>('desk');
    this.desk = [...rows].map(([key, row]) => ({ ...row, key }));
  }

  #readOwn(): void {
    this.waiting = [...this.room.shapes.rows<SeatsWaiting>('queue').values()][0] ?? null;
    this.online = [...this.room.shapes.rows<{ online: string }>('venue').values()][0]?.online ?? null;
  }

  #readMine(): number[] {
    const before = [...this.#mine.cart, ...this.#mine.booked];
    this.cart = [...this.room.shapes.rows<Cart>('cart').values()][0] ?? null;
    this.orders = [...this.room.shapes.rows<Omit<Order, 'id'>>('orders')].map(([id, order]) => ({ ...order, id }));
    this.#mine.cart = new Set(this.cart?.seats.map(([index]) => index));
    const booked = this.orders.filter((order) => order.status !== 'cancelled');
    this.#mine.booked = new Set(booked.flatMap((order) => order.seats.map(([index]) => index)));
    return [...before, ...this.#mine.cart, ...this.#mine.booked];
  }

  #paint(changed: number[] | null): void {
    for (const run of this.#painters) run(changed);
    this.#countSoon();
  }

  #countSoon(): void {
    if (this.#counting) return;
    this.#counting = true;
    requestAnimationFrame(() => this.#count());
  }

  #count(): void {
    this.#counting = false;
    const { section, count } = this.layout;
    const totals: [number, number, number, number] = [0, 0, 0, 0];
    this.#free.fill(0);
    for (let i = 0; i < count; i++) {
      const state = (this.#grid[i] ?? FREE) as 0 | 1 | 2 | 3;
      totals[state]++;
      if (state === FREE) this.#free[section[i]!]!++;
    }
    for (const area of this.areas) {
      totals[FREE] += areaLeft(area);
      totals[HELD] += area.held;
      totals[2] += area.booked;
      totals[3] += area.blocked;
    }
    this.sectionFree = this.#free.slice();
    this.totals = totals;
    this.version++;
  }
}

export { Refusal };
