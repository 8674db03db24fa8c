// What can be chosen of a token. Pure.

import type { Token } from '../api/answers.ts';

/** Reading first, then what changes something. */
export const SCOPES: readonly Token['scopes'][number][] = ['profile:read', 'events:read', 'events:write', 'bookings:read', 'bookings:write', 'checkin', 'webhooks'];
/** Days. */
export const LIVES = [7, 30, 90, 180, 365] as const;
