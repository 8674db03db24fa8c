// The lobby's list of rooms as a pure thing: searched, filtered, in order, and each told in a few words.

import type { Messages } from '../text/en.ts';
import type { ListedRoom } from './app.ts';

export interface RoomLine extends ListedRoom {
  path: string;
}

export interface Filter {
  query: string;
  app: string | null;
}

/** Rooms of their own first, then those beside an event; within each the fuller ones first. */
export function linesOf(rooms: ReadonlyMap<string, ListedRoom>, { query, app }: Filter): RoomLine[] {
  const words = query.toLocaleLowerCase().split(/\s+/);
  const fits = (room: ListedRoom) => {
    const title = room.title.toLocaleLowerCase();
    return (app === null || room.app === app) && words.every((word) => title.includes(word));
  };
  const lines = [...rooms].filter(([, room]) => room.phase !== 'closed' && fits(room)).map(([path, room]) => ({ ...room, path }));
  const isBeside = (room: ListedRoom) => Number(typeof room.event === 'number');
  return lines.sort((a, b) => isBeside(a) - isBeside(b) || b.here - a.here || a.title.localeCompare(b.title));
}

export const isFull = ({ maximum, here }: Pick<ListedRoom, 'maximum' | 'here'>): boolean => maximum !== null && here >= maximum;

/** What keeps people from walking in, or is about to happen. */
export function phaseText(room: Pick<ListedRoom, 'phase' | 'minimum' | 'maximum' | 'locked' | 'here'>, t: Messages): string {
  if (room.phase === 'closing') return t.rooms.closing;
  if (room.locked) return t.rooms.locked;
  if (isFull(room)) return t.rooms.full;
  if (room.phase === 'waiting' && room.minimum > room.here) return t.rooms.waitingFor(room.minimum - room.here);
  return '';
}

/** At most so many are offered: who looks for somebody else types more of the name. */
const NAMED_MAX = 6;

/** People whose name has all that is looked for, by name. */
export function peopleNamed<P extends { name: string }>(people: readonly P[], wanted: string): P[] {
  const words = wanted.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const fits = people.filter(({ name }) => words.every((word) => name.toLocaleLowerCase().includes(word)));
  return fits.sort((a, b) => a.name.localeCompare(b.name)).slice(0, NAMED_MAX);
}
