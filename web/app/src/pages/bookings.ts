// Bookings in two parts: what is to come, soonest first, and what is over, latest first. Pure.

import type { OwnBooking } from '../api/answers.ts';

/** Nobody says when every event ends; what began so long ago is over. */
const LASTS_MS = 12 * 3_600_000;

export const isOver = ({ event }: Pick<OwnBooking, 'event'>, now: number): boolean => Date.parse(event.startsAt) + LASTS_MS < now;

export function partsOf(bookings: readonly OwnBooking[], now: number): { upcoming: OwnBooking[]; past: OwnBooking[] } {
  const inOrder = [...bookings].sort((a, b) => a.event.startsAt.localeCompare(b.event.startsAt));
  return { upcoming: inOrder.filter((one) => !isOver(one, now)), past: inOrder.filter((one) => isOver(one, now)).reverse() };
}

/** Where an order's tickets are as a PDF in this language. */
export const paperPath = (order: string, language: string): string =>
  `/orders/${encodeURIComponent(order)}/tickets.pdf?language=${language}`;
