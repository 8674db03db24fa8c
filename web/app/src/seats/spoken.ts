// The names by which people speak of seats in a chat: `#B12`, `#Stalls-B12` where the circle has a row B too. Pure.

import { groupName, shortName } from '../plan/naming.ts';
import type { Layout } from '../plan/layout.ts';
import type { SpokenSeats } from '../chat/seats.ts';

const OFFERED = 6;
const key = (name: string): string => name.toLocaleLowerCase();

export function spokenSeats(layout: Layout, event: number, show: (indices: number[]) => void): SpokenSeats {
  let names: Map<string, { name: string; index: number }> | null = null;
  // A big house has many names, and most chats need none of them.
  const all = () => (names ??= new Map(
    Array.from({ length: layout.count }, (_, index) => {
      const name = shortName(layout, index).replace(/\s+/g, '-');
      return [key(name), { name, index }] as const;
    }).reverse(),
  ));
  return {
    event,
    find: (name) => all().get(key(name))?.index ?? null,
    like(query) {
      const wanted = key(query.trim());
      if (!wanted) return [];
      // Where two sections have a row B, both of its first seats are offered.
      const found = [...all()].filter(([known]) => known.startsWith(wanted) || known.includes(`-${wanted}`));
      return found.sort((a, b) => a[1].index - b[1].index).slice(0, OFFERED).map(([, { name }]) => name);
    },
    nameOf: (indices) => groupName(layout, indices.filter((index) => index < layout.count)),
    show: (indices) => show(indices.filter((index) => index < layout.count)),
  };
}
