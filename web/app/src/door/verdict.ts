// What is said to a ticket: from the list, from who came already, and from its signature. Pure; it asks nobody.

import type { Admission } from '../api/answers.ts';
import type { Ticket } from './ticket.ts';

/** A scan that counts, as the room tells it. */
export interface Arrival {
  at: number;
  device?: string;
}

/** One that this device made, kept until the room has answered and for the list of what went wrong. */
export interface Scan {
  no: number;
  /** The command's: told twice, it is done once. */
  id: string;
  account: string;
  keepUntil: number;
  event: string;
  room: string;
  order: string;
  place: string;
  name: string;
  label: string;
  at: number;
  device: string;
  state: 'waiting' | 'done' | 'refused';
  /** The scan that counts, if it is another one. */
  first?: Arrival;
  /** Why the room took it for none. */
  code?: string;
}

export interface Who {
  order: string;
  place: string;
  name: string;
  label: string;
  /** Places of the order that are in, and all of them. */
  inside: number;
  of: number;
  /** To be paid at the door, in minor units. */
  due: number;
}

export type Verdict =
  /** `listed`: whether it is on the list; else it was booked since, and its signature vouches for it. */
  | ({ kind: 'in'; listed: boolean } & Who)
  | ({ kind: 'already'; first: Arrival } & Who)
  | ({ kind: 'cancelled' } & Partial<Who>)
  | { kind: 'elsewhere' }
  | { kind: 'forged' }
  | { kind: 'unknown'; code?: string };

export interface Book {
  event: string;
  orders: ReadonlyMap<string, Admission>;
  /** By order and place. */
  arrivals: ReadonlyMap<string, Arrival>;
}

export const keyOf = (of: { order: string; place: string }): string => `${of.order}/${of.place}`;

/** Who is let in with a place of an order. */
export function whoOf(book: Book, { order, place }: Pick<Ticket, 'order' | 'place'>): Who {
  const known = book.orders.get(order);
  const label = known?.places.find((one) => one.place === place)?.label ?? '';
  const inside = known?.places.filter((one) => book.arrivals.has(keyOf({ order, place: one.place }))).length ?? 0;
  return { order, place, name: known?.name ?? '', label, inside, of: known?.places.length ?? 0, due: known?.due ?? 0 };
}

/** `isSigned` is null where the device can't tell: then the list alone vouches for it. */
export function decide(book: Book, ticket: Ticket, isSigned: boolean | null): Verdict {
  if (isSigned === false) return { kind: 'forged' };
  if (ticket.event !== book.event) return { kind: 'elsewhere' };
  const who = whoOf(book, ticket);
  const known = book.orders.get(ticket.order);
  const isListed = known?.places.some((one) => one.place === ticket.place) ?? false;
  if (known && !isListed) return { kind: 'cancelled', ...who };
  if (!known && isSigned === null) return { kind: 'unknown' };
  const first = book.arrivals.get(keyOf(ticket));
  if (first) return { kind: 'already', ...who, first };
  return { kind: 'in', ...who, inside: who.inside + 1, listed: isListed };
}

/** Who came, as far as this device knows: what the room told, and what it wasn't told yet. */
export function merged(told: ReadonlyMap<string, Arrival>, scans: readonly Scan[]): Map<string, Arrival> {
  const all = new Map(told);
  for (const scan of scans) {
    const known = all.get(keyOf(scan));
    if (scan.state !== 'refused' && (!known || scan.at < known.at)) all.set(keyOf(scan), { at: scan.at, device: scan.device });
  }
  return all;
}

/** Scans of this device that let somebody in whom another scan, earlier or told since, had let in. */
export function lateOnes(scans: readonly Scan[], told: ReadonlyMap<string, Arrival>): Scan[] {
  return scans.flatMap((scan) => {
    if (scan.state !== 'done') return [];
    const now = told.get(keyOf(scan)) ?? scan.first;
    const isOurs = !now || (now.at === scan.at && now.device === scan.device);
    return isOurs ? [] : [{ ...scan, first: { at: now.at, ...(now.device ? { device: now.device } : {}) } }];
  });
}

/** By name or code, all of them in the order of names. */
export function found(orders: Iterable<Admission>, query: string): Admission[] {
  const wanted = query.trim().toLowerCase();
  const matching = [...orders].filter((one) => one.status === 'booked' && `${one.name} ${one.code}`.toLowerCase().includes(wanted));
  return matching.sort((a, b) => a.name.localeCompare(b.name) || a.code.localeCompare(b.code));
}
