// The programme as a pure thing: loaded events and live rows made one list, in order, filtered and searched.

import type { EventSummary } from '../api/answers.ts';

/** What the lobby says of an event, as times come from there or from the HTTP interface. */
export interface LobbyRow extends Pick<EventSummary, 'title' | 'timeZone' | 'place' | 'category' | 'status' | 'currency' | 'fromPrice' | 'capacity' | 'available' | 'here' | 'watching'> {
  startsAt: number | string;
  endsAt?: number | string;
  picture?: string;
  private: boolean;
}

export type Span = 'today' | 'week' | 'later';

export interface Filter {
  query: string;
  category: EventSummary['category'] | null;
  span: Span | null;
  isPast: boolean;
}

export const EVERYTHING: Filter = { query: '', category: null, span: null, isPast: false };
export const CATEGORIES = ['music', 'theatre', 'film', 'sport', 'talk', 'workshop', 'party', 'food', 'family', 'other'] as const;

/** Live rows win; those not loaded yet are added where they fit. What the lobby has let go is no longer to come. */
export function merge(loaded: EventSummary[], rows: ReadonlyMap<string, LobbyRow>, gone: ReadonlySet<string> = new Set()): EventSummary[] {
  const byId = new Map(loaded.map((event) => [String(event.id), event]));
  for (const id of gone) byId.delete(id);
  for (const [id, row] of rows) byId.set(id, refreshed(Number(id), byId.get(id), row));
  return [...byId.values()].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
}

function refreshed(id: number, known: EventSummary | undefined, row: LobbyRow): EventSummary {
  const unsaid = { isOnline: known?.isOnline ?? false, visibility: known?.visibility ?? (row.private ? 'private' : 'public') } as const;
  const { private: _, ...said } = row;
  const endsAt = row.endsAt === undefined ? null : new Date(row.endsAt).toISOString();
  return { ...known, ...unsaid, ...said, id, startsAt: new Date(row.startsAt).toISOString(), endsAt, picture: row.picture ?? null };
}

/** From when to when, by the reader's own days. */
export function boundsOf(span: Span | null, now: number): [from: number, to: number] {
  const midnight = (days: number) => {
    const at = new Date(now);
    at.setHours(0, 0, 0, 0);
    at.setDate(at.getDate() + days);
    return at.getTime();
  };
  if (span === 'today') return [midnight(0), midnight(1)];
  if (span === 'week') return [midnight(0), midnight(7)];
  return span === 'later' ? [midnight(7), Infinity] : [-Infinity, Infinity];
}

export function fits(event: EventSummary, filter: Filter, now: number): boolean {
  const at = Date.parse(event.startsAt);
  const [from, to] = filter.isPast ? [-Infinity, Infinity] : boundsOf(filter.span, now);
  return at >= from && at < to && (filter.category === null || event.category === filter.category) && matches(event, filter.query);
}

export function matches(event: EventSummary, query: string): boolean {
  const text = `${event.title} ${event.place}`.toLocaleLowerCase();
  return query.toLocaleLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** The same as the server is asked for it. */
export function askFor(filter: Filter, now: number, cursor: string | null): string {
  const ask = new URLSearchParams({ limit: '50' });
  // The server finds one text; of several words the longest narrows most, and the rest is looked for here.
  const word = filter.query.trim().split(/\s+/).sort((a, b) => b.length - a.length)[0];
  if (word) ask.set('q', word.slice(0, 100));
  if (filter.category) ask.set('category', filter.category);
  const [from, to] = filter.isPast ? [-Infinity, Infinity] : boundsOf(filter.span, now);
  if (Number.isFinite(from)) ask.set('from', new Date(from).toISOString());
  if (Number.isFinite(to)) ask.set('to', new Date(to).toISOString());
  if (filter.isPast) ask.set('when', 'past');
  if (cursor) ask.set('cursor', cursor);
  return `/events?${ask}`;
}
