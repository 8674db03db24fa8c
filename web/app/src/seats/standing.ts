// How a seat stands to the person who looks: the four states of the room, and what is theirs.

export const FREE = 0;
export const HELD = 1;
export const BOOKED = 2;
export const BLOCKED = 3;
export const YOURS = 4;
export const YOURS_BOOKED = 5;
export const PENDING = 6;

export type Standing = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export interface Mine {
  cart: Set<number>;
  booked: Set<number>;
  pending: Set<number>;
}

/** Pending wins: the person's own finger is newer than any news. */
export function standingOf(index: number, grid: Uint8Array, mine: Mine): Standing {
  if (mine.pending.has(index)) return PENDING;
  if (mine.cart.has(index)) return YOURS;
  if (mine.booked.has(index)) return YOURS_BOOKED;
  return (grid[index] ?? FREE) as Standing;
}

export const isYours = (standing: Standing): boolean =>
  standing === YOURS || standing === YOURS_BOOKED;
