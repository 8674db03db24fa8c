// What can be chosen of a webhook, and how a delivery stands. Pure.

import type { Delivery, Webhook } from '../api/answers.ts';

export const HOOK_KINDS: readonly Webhook['kinds'][number][] = ['booking.made', 'booking.changed', 'booking.cancelled', 'ticket.checked_in', 'event.published', 'event.changed', 'event.cancelled'];

/** What a delivery's last try came to: the answer's status, or why there was none. */
export const outcomeOf = (one: Delivery): string => (one.status === null ? (one.error ?? '') : [one.status, one.answer].filter(Boolean).join(' '));

/** Whether somebody would want to send it again. */
export const canRetry = (one: Delivery): boolean => one.state !== 'waiting' || one.tries > 0;
