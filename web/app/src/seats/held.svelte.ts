// Carts that run while their pages aren't open: noted on this device by the page that saw them, so that every page can say so.

import { keep, stored } from '../preferences.svelte.ts';

/** What is said of a cart elsewhere; the room alone knows whether it is still there. */
export interface HeldNote {
  account: string;
  event: string;
  count: number;
  until: number;
}

const KEY = 'houseful.held';

function read(): HeldNote[] {
  try {
    const notes = JSON.parse(stored(KEY) ?? '[]') as unknown;
    return Array.isArray(notes) ? (notes as HeldNote[]) : [];
  } catch {
    return [];
  }
}

let notes = $state.raw<HeldNote[]>(read());
addEventListener('storage', (event) => event.key === KEY && (notes = read()));

/** Replaces what is noted of one person at one event. */
export function noteHeld(account: string, event: string, cart: { count: number; until: number } | null): void {
  const others = read().filter((note) => note.account !== account || note.event !== event);
  notes = cart ? [...others, { account, event, ...cart }] : others;
  keep(KEY, JSON.stringify(notes));
}

/** The person's cart that ends first, if any still runs. */
export const firstHeld = (account: string, now: number): HeldNote | undefined =>
  notes.filter((note) => note.account === account && note.until > now).sort((a, b) => a.until - b.until)[0];
