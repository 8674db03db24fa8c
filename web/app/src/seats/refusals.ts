// A refusal in kind words, with what can be taken instead.

import { groupName } from '../plan/naming.ts';
import type { Layout } from '../plan/layout.ts';
import type { Messages } from '../text/en.ts';

export interface Notice {
  text: string;
  hint?: string;
  /** Groups of seats that can be held with one tap. */
  offers: { label: string; seats: number[] }[];
  /** What it speaks of, so that it can stand elsewhere. */
  about: number[];
}

export interface RefusalLike {
  code: string;
  details?: Record<string, unknown> | undefined;
  retryAfterMs?: number | undefined;
}

export function noticeOf(refusal: RefusalLike, layout: Layout, t: Messages): Notice {
  const details = refusal.details ?? {};
  const seats = numbers(details['seats']);
  const groups = Array.isArray(details['alternatives']) ? details['alternatives'].map(numbers) : [];
  const offers = groups
    .filter((group) => group.length > 0)
    .map((group) => ({ label: t.refusal.take(groupName(layout, group)), seats: group }));
  const text = wording(refusal, seats.length ? groupName(layout, seats) : '', details, t);
  const about = [...seats, ...offers.flatMap((offer) => offer.seats)];
  if (offers.length === 0) return { text, offers, about };
  return { text, offers, about, hint: refusal.code === 'orphan' ? t.refusal.orphanFix : t.refusal.alternatives };
}

function wording(refusal: RefusalLike, seats: string, details: Record<string, unknown>, t: Messages) {
  switch (refusal.code) {
    case 'seats_taken':
      return t.refusal.seats_taken(seats);
    case 'orphan':
      return t.refusal.orphan(seats);
    case 'limit_exceeded':
      return t.refusal.limit_exceeded(Number(details['limit'] ?? 0), Number(details['have'] ?? 0));
    case 'cooling_down':
      return t.refusal.cooling_down(Math.ceil((refusal.retryAfterMs ?? 1000) / 1000));
    case 'too_many_holds':
      return t.refusal.too_many_holds(Math.ceil((refusal.retryAfterMs ?? 60_000) / 60_000));
    case 'token_expired':
      return t.refusal.sign_in_required;
    default: {
      const known = t.refusal[refusal.code as keyof Messages['refusal']];
      return typeof known === 'string' ? known : t.refusal.other;
    }
  }
}

const numbers = (value: unknown): number[] =>
  Array.isArray(value) ? value.filter((item): item is number => typeof item === 'number') : [];
