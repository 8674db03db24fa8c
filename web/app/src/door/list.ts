// The list that a door has with it, fetched whole and kept on the device until twelve hours after the event.

import type { Admission, Admissions, EventDetail, TicketKey } from '../api/answers.ts';
import { mayLetIn } from '../desk/rights.ts';
import type { Passing } from '../offline/kept.ts';
import { call } from '../session.svelte.ts';
import type { Arrival } from './verdict.ts';

/** Pages of a hundred: more orders than any house has. */
const PAGES_MAX = 1000;
const HALF_A_DAY_MS = 12 * 3_600_000;

export interface Pack extends Passing {
  event: string;
  room: string;
  title: string;
  place: string;
  startsAt: number;
  timeZone: string;
  currency: string;
  /** By which tickets are told true. */
  key: string;
  orders: Admission[];
  arrivals: [string, Arrival][];
  /** When it was fetched, by the server's clock. */
  takenAt: number;
  /** The server's clock less this device's. */
  offsetMs: number;
}

/** Null for who doesn't stand at this door. */
export async function fetchPack(id: string, account: string, clock: { now: number; offsetMs: number }): Promise<Omit<Pack, 'arrivals'> | null> {
  const path = `/events/${encodeURIComponent(id)}`;
  const event = await call<EventDetail>(path);
  if (!mayLetIn(event.role)) return null;
  const { key } = await call<TicketKey>(`${path}/ticket-key`);
  const startsAt = Date.parse(event.startsAt);
  // Without a known end it lasts half a day at most.
  const endsAt = event.endsAt ? Date.parse(event.endsAt) : startsAt + HALF_A_DAY_MS;
  return {
    event: id, account, room: event.room, title: event.title, place: event.place, startsAt, timeZone: event.timeZone, currency: event.currency, key,
    orders: await allOrders(path), takenAt: clock.now, offsetMs: clock.offsetMs, keepUntil: endsAt + HALF_A_DAY_MS,
  };
}

async function allOrders(path: string): Promise<Admission[]> {
  const orders = new Map<string, Admission>();
  let cursor: string | null = null;
  for (let k = 0; k < PAGES_MAX; k++) {
    const page: Admissions = await call<Admissions>(`${path}/admissions?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    for (const one of page.items) orders.set(one.order, one);
    cursor = page.next;
    if (!cursor) break;
  }
  return [...orders.values()];
}
