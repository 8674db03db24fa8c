// Tells the room of one scan, and reads what became of it. It keeps nothing and decides nothing.

import { Problem, type Call } from '../api/http.ts';
import type { Arrival, Scan } from './verdict.ts';

/** A network that is hardly there holds up nothing that comes after. */
const PATIENCE_MS = 10_000;

export type Outcome =
  | { kind: 'done'; first?: Arrival }
  | { kind: 'refused'; code: string }
  /** Nobody answered, or not now: the same id is sent again. */
  | { kind: 'later' };

interface Reply {
  body: { places: { place: string; first: boolean; at: number; device?: string }[] };
}
type Ask = <T>(path: string, options: Call) => Promise<T>;

export async function send(scan: Scan, ask: Ask): Promise<Outcome> {
  const { id, room, order, place, at, device } = scan;
  const body = { id, body: { order, place, at, device } };
  try {
    const path = `/rooms/${encodeURIComponent(room)}/commands/check_in`;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const { body: reply } = await ask<Reply>(path, { method: 'POST', body, signal });
    const [told] = reply.places;
    if (!told || told.first) return { kind: 'done' };
    return { kind: 'done', first: { at: told.at, ...(told.device ? { device: told.device } : {}) } };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return passes(problem.status) ? { kind: 'later' } : { kind: 'refused', code: problem.code };
  }
}

/** No connection, no session, too much at once, or a server that is not itself. */
const passes = (status: number): boolean => [0, 401, 408, 425, 429].includes(status) || status >= 500;
