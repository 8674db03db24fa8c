// The programme as a pure thing: loaded events and live rows made one list, in order, and searched.

import type { EventSummary } from '../api/answers.ts';

/** What the lobby does not say of an event, it says otherwise or not at all. */
type Told = 'id' | 'startsAt' | 'endsAt' | 'picture' | 'visibility' | 'isOnline';

export interface LobbyRow extends Omit<EventSummary, Told> {
  startsAt: number | string;
  endsAt?: number | string;
}

/** Live rows win; those not loaded yet are added only while the whole programme is shown. */
export function merge(loaded: EventSummary[], rows: ReadonlyMap<string, LobbyRow>, withNew: boolean): EventSummary[] {
  const byId = new Map(loaded.map((event) => [String(event.id), event]));
  for (const [id, row] of rows) {
    const known = byId.get(id);
    if (!known && !withNew) continue;
    const unsaid = { picture: null, visibility: 'public' as const, isOnline: false };
    const endsAt = row.endsAt === undefined ? null : new Date(row.endsAt).toISOString();
    const startsAt = new Date(row.startsAt).toISOString();
    byId.set(id, { ...unsaid, ...known, ...row, id: Number(id), startsAt, endsAt });
  }
  return [...byId.values()].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
}

export function matches(event: EventSummary, query: string): boolean {
  const text = `${event.title} ${event.place}`.toLocaleLowerCase();
  return query.toLocaleLowerCase().split(/\s+/).every((word) => text.includes(word));
}
