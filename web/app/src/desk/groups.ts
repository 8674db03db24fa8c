// The desk's events by what they are now, and those that a search finds. Pure.

import type { EventSummary } from '../api/answers.ts';

export const GROUPS = ['upcoming', 'draft', 'past', 'cancelled'] as const;
export type Group = (typeof GROUPS)[number];

type Known = Pick<EventSummary, 'title' | 'place' | 'status' | 'startsAt' | 'endsAt'>;

/** An event that is on is not past yet; one that does not say when it ends is past with its start's day half over. */
const LASTS_MS = 12 * 3_600_000;

export function groupOf(event: Known, now: number): Group {
  if (event.status === 'cancelled') return 'cancelled';
  if (event.status !== 'published') return 'draft';
  const end = event.endsAt ? Date.parse(event.endsAt) : Date.parse(event.startsAt) + LASTS_MS;
  return end < now ? 'past' : 'upcoming';
}

/** By every word, in title or place. */
export function found<E extends Known>(events: E[], query: string): E[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return events.filter(({ title, place }) => words.every((word) => `${title} ${place}`.toLocaleLowerCase().includes(word)));
}

/** What comes next is first; of what was, the last. */
export function inOrder<E extends Known>(events: E[], group: Group): E[] {
  const back = group === 'past' || group === 'cancelled' ? -1 : 1;
  return events.toSorted((a, b) => back * (Date.parse(a.startsAt) - Date.parse(b.startsAt)));
}
