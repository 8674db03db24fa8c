// Who has which seat, and what is booked for how much, from the rows that only staff can see. Pure.

import type { Id } from '../api/answers.ts';
import type { DeskRow } from '../seats/house.svelte.ts';

export interface Holder {
  account: Id;
  order?: string;
  code?: string;
}

export function holdersOf(desk: Pick<DeskRow, 'key' | 'account' | 'seats' | 'code' | 'status'>[]): Map<number, Holder> {
  const holders = new Map<number, Holder>();
  for (const row of desk) {
    if (row.status === 'cancelled') continue;
    const order = row.key.startsWith('o:') ? row.key.slice(2) : undefined;
    const holder: Holder = { account: row.account, ...(order ? { order } : {}), ...(row.code ? { code: row.code } : {}) };
    for (const index of row.seats) holders.set(index, holder);
  }
  return holders;
}

/** At the prices that were paid or promised; carts are no revenue yet. */
export const revenueOf = (desk: Pick<DeskRow, 'key' | 'status' | 'total'>[]): number =>
  desk
    .filter((row) => row.key.startsWith('o:') && row.status !== 'cancelled')
    .reduce((sum, row) => sum + row.total, 0);
