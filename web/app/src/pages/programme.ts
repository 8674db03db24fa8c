// The programme as a pure thing: loaded events and live rows made one list, in order, and searched.

import type { EventSummary } from '../api/answers.ts';

export interface LobbyRow extends Omit<EventSummary, 'id' | 'startsAt'> {
  startsAt: number | string;
}

/** Live rows win; those not loaded yet are added only while the whole programme is shown. */
export function merge(loaded: EventSummary[], rows: ReadonlyMap<string, LobbyRow>, withNew: boolean): EventSummary[] {
  const byId = new Map(loaded.map((event) => [String(event.id), event]));
  for (const [id, row] of rows) {
    const known = byId.get(id);
    if (!known && !withNew) continue;
    byId.set(id, { ...known, ...row, id: Number(id), startsAt: new Date(row.startsAt).toISOString() });
  }
  return [...byId.values()].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
}

export function matches(event: EventSummary, query: string): boolean {
  const text = `${event.title} ${event.place}`.toLocaleLowerCase();
  return query.toLocaleLowerCase().split(/\s+/).every((word) => text.includes(word));
}
