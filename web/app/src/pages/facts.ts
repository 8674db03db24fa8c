// An event as it is now: what was loaded, and over it what its room says.

import type { SeatsEvent } from '@houseful/client';
import type { EventDetail } from '../api/answers.ts';

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

export function factsOf(event: EventDetail, now: SeatsEvent | null, online: string | null): EventDetail {
  if (!now) return event;
  const { title, description, place, timeZone, limitPerPerson, status, visibility, category, isOnline } = now;
  return {
    ...event, title, description, place, timeZone, limitPerPerson, status, visibility, category, isOnline,
    startsAt: new Date(now.startsAt).toISOString(), endsAt: iso(now.endsAt), picture: now.picture ?? null,
    cancelledReason: now.cancelledReason ?? null, rescheduledFrom: iso(now.rescheduled?.from), online: online ?? event.online ?? null,
  };
}
