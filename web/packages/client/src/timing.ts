// Every wait and bound of the client by name, with its reason, and the backoff with full jitter (R26).

/** Nothing heard for this long means the line is dead (R21). */
export const SILENCE_MS = 45_000;
/** A refusal that only delays is tried again this often before the caller hears of it. */
export const PASSING_TRIES_MAX = 4;
/** Used where a passing refusal names no time. */
export const PASSING_WAIT_MS = 400;
/** A connection that lived this long starts the backoff from the beginning. */
export const SETTLED_MS = 10_000;
/** A connection on which nothing was heard in this time is given up. */
export const OPEN_MS = 10_000;
/** WebSockets that end unheard one after the other before another way is tried. */
export const SOCKET_TRIES_MAX = 2;
/** Networks change: after this time on the other way, WebSocket is tried again. */
export const SOCKET_AGAIN_MS = 600_000;
/** Commands that wait while there is no connection: more is a person who should know. */
export const QUEUE_MAX = 100;
/** Commands of a room on their way at once: what the server may refuse for haste stays little. */
export const IN_FLIGHT_MAX = 16;
/** The room's answer follows its entry at once (R16); for so long an entry may wait to be shown with it. */
export const ECHO_MS = 250;
/** A longer message is read by no server (R30). */
export const MESSAGE_BYTES_MAX = 16 * 1024;
/** A volatile value is sent at most twenty times a second: more than eyes need, less than the server takes (R52). */
export const SHOW_MS = 50;
/** Names are asked for again after this time. */
export const NAMES_MS = 600_000;
/** Names asked for at once (R54). */
export const NAMES_MAX = 100;

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
