// What was changed of an event, in words. Pure.

import { money } from '../format/money.ts';
import { when } from '../format/time.ts';
import { leadText } from '../notify/wording.ts';
import type { Messages } from '../text/en.ts';

export interface Tellers {
  t: Messages;
  locale: string;
  timeZone: string;
  currency: string;
}

export interface Line {
  name: string;
  was: string;
  is: string;
}

/** What follows from another fact, or says nothing to people. */
const SILENT = new Set(['status', 'rescheduled', 'isOnline', 'planId']);

export function linesOf(fields: Record<string, unknown>, tell: Tellers): Line[] {
  const named = (key: string): string => {
    const known = (tell.t.desk.changes.fields as Record<string, string>)[key];
    return known ?? key;
  };
  return Object.entries(fields)
    .filter(([key, pair]) => !SILENT.has(key) && Array.isArray(pair))
    .map(([key, pair]) => {
      const [was, is] = pair as [unknown, unknown];
      return { name: named(key), was: worded(key, was, tell), is: worded(key, is, tell) };
    });
}

function worded(key: string, value: unknown, { t, locale, timeZone, currency }: Tellers): string {
  if (value === null || value === undefined || value === '') return t.desk.changes.nothing;
  if (key === 'startsAt' || key === 'endsAt') {
    const at = when(Number(value), timeZone, locale);
    return `${at.date}, ${at.time}`;
  }
  if (key === 'reminders') return timesOf(value, t);
  if (key === 'bookingMail') return String((value as { words?: string }).words || t.desk.changes.nothing);
  if (key === 'picture') return t.desk.changes.picture;
  if (key === 'prices' && typeof value === 'object') return Object.values(value).map((minor) => money(Number(minor), currency, locale)).join(', ');
  const words: Record<string, Record<string, string>> = {
    visibility: t.desk.visibility, category: t.desk.categories, role: t.desk.team.roles,
  };
  return words[key]?.[String(value)] ?? String(value);
}

function timesOf(value: unknown, t: Messages): string {
  const { minutes = [] } = value as { minutes?: number[] };
  return minutes.map((time) => leadText(time, t)).join(', ') || t.desk.changes.nothing;
}
