// What can be chosen of notifications. Pure.

import type { NoticeKind, NoticeSettings } from '../api/answers.ts';

/** As people look for them: what is about to happen first. */
export const KINDS: readonly NoticeKind[] = ['reminder', 'rescheduled', 'changed', 'cancelled', 'offer', 'booked', 'published', 'invitation', 'mention', 'webhook'];
export const CHANNELS = ['app', 'mail', 'push'] as const;
/** Minutes ahead that the server knows. */
export const LEADS = [10_080, 4_320, 2_880, 1_440, 720, 360, 180, 120, 60, 30, 15, 10, 5] as const;
export const LEADS_MAX = 5;
/** What organisers have set who say nothing; where a choice of one's own begins. */
export const LEADS_USUAL: readonly number[] = [1_440, 60];

export function withChannel(settings: NoticeSettings, kind: NoticeKind, channel: (typeof CHANNELS)[number], on: boolean): NoticeSettings {
  const now = settings.kinds?.[kind] ?? { app: true, mail: true, push: true };
  return { ...settings, kinds: { ...settings.kinds, [kind]: { ...now, [channel]: on } } };
}

export function withLead(settings: NoticeSettings, minutes: number, on: boolean): NoticeSettings {
  const others = (settings.reminderMinutes ?? []).filter((lead) => lead !== minutes);
  return { ...settings, reminderMinutes: on ? [...others, minutes].sort((a, b) => b - a) : others };
}
