// A notification in words, and where it leads. Pure.

import type { Notification } from '../api/answers.ts';
import { when } from '../format/time.ts';
import type { Messages } from '../text/en.ts';

export interface Told {
  text: string;
  /** When and where, or what was so before. */
  more: string[];
  /** Where one can see it; nothing if nowhere. */
  href: string | null;
}

export function toldOf({ kind, about }: Notification, t: Messages, locale: string): Told {
  const time = (at: string) => {
    const then = when(Date.parse(at), about.timeZone ?? 'UTC', locale);
    return `${then.weekday}, ${then.date}, ${then.time}`;
  };
  const more = about.startsAt ? [[time(about.startsAt), about.place].filter(Boolean).join(' · ')] : [];
  if (kind === 'rescheduled' && about.was) more.push(t.inbox.was(time(about.was.startsAt)));
  if (kind === 'booked' && about.code) more.push(t.inbox.code(about.code));
  return { text: textOf(kind, about, t), more, href: hrefOf(kind, about) };
}

function textOf(kind: Notification['kind'], about: Notification['about'], t: Messages): string {
  const { say } = t.inbox;
  const { title = '', was, place } = about;
  if (kind === 'reminder') return about.leadMinutes ? say.reminder(title, leadText(about.leadMinutes, t)) : say.soon(title);
  if (kind !== 'changed' || !was) return say[kind](title);
  if (was.title !== title) return say.renamed(title, was.title);
  return was.place !== place && place ? say.moved(title, place) : say.changed(title);
}

export function leadText(minutes: number, t: Messages): string {
  const { days, hours, minutes: some } = t.inbox.lead;
  if (minutes >= 1440 && minutes % 1440 === 0) return days(minutes / 1440);
  return minutes >= 60 && minutes % 60 === 0 ? hours(minutes / 60) : some(minutes);
}

function hrefOf(kind: Notification['kind'], about: Notification['about']): string | null {
  if (kind === 'booked') return '/bookings';
  if (kind === 'webhook') return '/desk/webhooks';
  if (typeof about.event === 'number') return `/events/${about.event}`;
  const seats = about.room?.match(/^events\/(\d+)\/seats$/);
  if (seats) return `/events/${seats[1]}`;
  return about.room ? `/${about.room}` : null;
}
