// What this device remembers of a person's rooms: which they had open, and up to where they had read.

import { keep, stored } from '../preferences.svelte.ts';

const OPEN_MAX = 20;
const READ_MAX = 200;

export type OpenMark = [path: string, app: string, title: string];
type ReadMark = [path: string, no: number];

const openKey = (account: number) => `houseful.open.${account}`;
const readKey = (account: number) => `houseful.read.${account}`;

/** What is kept can be anything by now: another version wrote it, or somebody's hand. */
function marks<T extends unknown[]>(key: string, isMark: (mark: unknown[]) => boolean): T[] {
  try {
    const all: unknown = JSON.parse(stored(key) ?? '[]');
    return Array.isArray(all) ? all.filter((mark): mark is T => Array.isArray(mark) && isMark(mark)) : [];
  } catch {
    return [];
  }
}
const readMarks = (account: number) =>
  marks<ReadMark>(readKey(account), ([path, no]) => typeof path === 'string' && Number.isSafeInteger(no));

export const openBy = (account: number): OpenMark[] =>
  marks<OpenMark>(openKey(account), (mark) => mark.length === 3 && mark.every((text) => typeof text === 'string'));

export function keepOpen(account: number, rooms: readonly OpenMark[]): void {
  keep(openKey(account), JSON.stringify(rooms.slice(-OPEN_MAX)));
}

/** The number of the last message that was read there; 0 where nothing is known. */
export const readUpTo = (account: number, path: string): number =>
  readMarks(account).find(([known]) => known === path)?.[1] ?? 0;

export function keepRead(account: number, path: string, no: number): void {
  const others = readMarks(account).filter(([known]) => known !== path);
  keep(readKey(account), JSON.stringify([...others, [path, no]].slice(-READ_MAX)));
}
