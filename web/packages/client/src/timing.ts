// Every wait of the client by name, with its reason, and the backoff with full jitter (R26).

/** Nothing heard for this long means the line is dead (R21). */
export const SILENCE_MS = 45_000;
/** A refusal that only delays is tried again this often before the caller hears of it. */
export const PASSING_TRIES_MAX = 4;
/** Used where a passing refusal names no time. */
export const PASSING_WAIT_MS = 400;
/** A connection that lived this long starts the backoff from the beginning. */
export const SETTLED_MS = 10_000;
/** A socket that doesn't open in this time is given up. */
export const OPEN_MS = 10_000;

const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 30_000;

/** A random part of 0.5 s × 2ⁿ, at most 30 s. */
export function backoffMs(attempt: number, random: () => number): number {
  return random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 16));
}

/** 4500 and above stop; everything else, the network's own codes too, may come back. */
export const mayReturn = (closeCode: number): boolean => closeCode < 4500 || closeCode > 4999;

export interface Timers {
  now(): number;
  set(run: () => void, ms: number): unknown;
  clear(handle: unknown): void;
}

export const realTimers: Timers = {
  now: () => Date.now(),
  set: (run, ms) => setTimeout(run, ms),
  clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
