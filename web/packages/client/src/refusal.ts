// The domain's "no" as an error, and which codes are outcomes and which are only delays (R18).

import type { Refused } from './frames.gen.ts';

export class Refusal extends Error {
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly fields: Record<string, string> | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(frame: Pick<Refused, 'code' | 'message' | 'retryAfterMs' | 'fields' | 'details'>) {
    super(frame.message || frame.code);
    this.name = 'Refusal';
    this.code = frame.code;
    this.retryAfterMs = frame.retryAfterMs;
    this.fields = frame.fields;
    this.details = frame.details as Record<string, unknown> | undefined;
  }
}

/** Refusals that the client itself makes. */
export const OWN_REFUSALS = {
  too_large: 'It is too long to be sent.',
  queue_full: 'Too much waits to be sent.',
  withdrawn: 'It was withdrawn before it was sent.',
  left: 'The room was left.',
  other_account: 'Somebody else has signed in.',
} as const;

export const ownRefusal = (code: keyof typeof OWN_REFUSALS): Refusal =>
  new Refusal({ code, message: OWN_REFUSALS[code] });

/** Refusals that pass by themselves: the same id is sent again after a while. */
export const PASSING: ReadonlySet<string> = new Set(['busy', 'unavailable', 'rate_limited', 'read_only']);

/** Refusals that pass when the room is joined again. */
export const REJOIN: ReadonlySet<string> = new Set(['stale_term', 'not_joined']);
