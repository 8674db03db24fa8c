// The facts of an event as a form has them, and what of them was changed. Pure.

import type { EventCategory, EventVisibility } from '@houseful/client';
import type { EventDetail } from '../api/answers.ts';
import { minorDigits } from '../format/money.ts';
import { instantOf, localOf } from '../format/time.ts';

const DAY_MS = 86_400_000;
/** What is offered, in minutes before the start; the server takes any from 15 minutes to 14 days. */
export const REMINDERS: readonly number[] = [20_160, 10_080, 4_320, 2_880, 1_440, 720, 180, 120, 60, 30, 15];
export const REMINDERS_MAX = 5;
/** Where nothing is said: a day and an hour. */
export const REMINDERS_USUAL: readonly number[] = [1_440, 60];

export interface Facts {
  title: string;
  description: string;
  place: string;
  /** An address on the net, or nothing. */
  online: string;
  date: string;
  time: string;
  /** Nothing: the day it starts, or the night after. */
  endDate: string;
  /** Nothing: nobody knows. */
  endTime: string;
  timeZone: string;
  category: EventCategory;
  visibility: EventVisibility;
  /** Minutes before the start, the longest first. */
  reminders: number[];
}

export interface FactsForm extends Facts {
  limit: number;
  /** By zone, in whole units as people write them. */
  prices: Record<string, number | null>;
}

export function startOf({ date, time, timeZone }: Pick<Facts, 'date' | 'time' | 'timeZone'>): number | null {
  if (!date || !time) return null;
  const at = instantOf(`${date}T${time}:00`, timeZone);
  return Number.isNaN(at) ? null : at;
}

/** When it ends. A time without a day is the next one after the start: 23:00 to 02:00 is one evening. */
export function endOf(facts: Facts): number | null {
  const { date, time, endDate, endTime, timeZone } = facts;
  if (!endTime) return null;
  const day = endDate || (endTime > time ? date : nextDay(date));
  return startOf({ date: day, time: endTime, timeZone });
}

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`);
const dateOf = (at: number): string => (Number.isNaN(at) ? '' : new Date(at).toISOString().slice(0, 10));
const nextDay = (date: string): string => dateOf(dayOf(date) + DAY_MS);

/** Begins on another day, and ends as many days later. */
export function moveTo(facts: Facts, date: string): void {
  const later = dayOf(date) - dayOf(facts.date);
  if (facts.endDate && !Number.isNaN(later)) facts.endDate = dateOf(dayOf(facts.endDate) + later);
  facts.date = date;
}

export function formOf(event: EventDetail): FactsForm {
  const unit = 10 ** minorDigits(event.currency);
  const prices = Object.entries(event.prices).map(([zone, minor]) => [zone, minor / unit]);
  const end = event.endsAt ? localOf(Date.parse(event.endsAt), event.timeZone) : { date: '', time: '' };
  return {
    title: event.title, description: event.description, place: event.place, online: event.online ?? '',
    ...localOf(Date.parse(event.startsAt), event.timeZone), endDate: end.date, endTime: end.time,
    timeZone: event.timeZone, category: event.category, visibility: event.visibility,
    reminders: [...(event.reminderMinutes ?? REMINDERS_USUAL)],
    limit: event.limitPerPerson, prices: Object.fromEntries(prices),
  };
}

/** What is sent: only what differs, so that nothing is undone that another changed. */
export function changesOf(event: EventDetail, form: FactsForm): Record<string, unknown> {
  const unit = 10 ** minorDigits(event.currency);
  const changes: Record<string, unknown> = {};
  for (const name of ['title', 'description', 'place'] as const) {
    if (form[name].trim() !== event[name]) changes[name] = form[name].trim();
  }
  for (const name of ['timeZone', 'category', 'visibility'] as const) {
    if (form[name] !== event[name]) changes[name] = form[name];
  }
  const online = form.online.trim() || null;
  if (online !== (event.online ?? null)) changes['online'] = online;
  if (String(form.reminders) !== String(event.reminderMinutes ?? REMINDERS_USUAL)) changes['reminderMinutes'] = form.reminders;
  if (form.limit !== event.limitPerPerson) changes['limitPerPerson'] = form.limit;
  const prices = Object.entries(form.prices).map(([zone, price]) => [zone, Math.round((price ?? 0) * unit)] as const);
  const others = prices.filter(([zone, minor]) => minor !== event.prices[zone]);
  if (others.length) changes['prices'] = Object.fromEntries(others);
  return { ...changes, ...timesOf(event, form) };
}

/** Times that were changed. A form knows no seconds: what was not touched stays as it is. */
function timesOf(event: EventDetail, form: FactsForm): Record<string, string | null> {
  const was = formOf(event);
  const differs = (...names: (keyof Facts)[]) => names.some((name) => form[name] !== was[name]);
  const changes: Record<string, string | null> = {};
  const [start, end] = [startOf(form), endOf(form)];
  if (differs('date', 'time', 'timeZone') && start !== null) changes['startsAt'] = new Date(start).toISOString();
  if (differs('endDate', 'endTime') || (end !== null && differs('date', 'time', 'timeZone'))) {
    const known = event.endsAt ? Date.parse(event.endsAt) : null;
    if (end !== known) changes['endsAt'] = end === null ? null : new Date(end).toISOString();
  }
  return changes;
}

/** What was typed, over what the event has become meanwhile. */
export function rebased(before: EventDetail, now: EventDetail, form: FactsForm): FactsForm {
  const [was, is] = [formOf(before), formOf(now)];
  const prices = { ...is.prices };
  for (const [zone, price] of Object.entries(form.prices)) if (price !== was.prices[zone]) prices[zone] = price;
  const own = Object.entries(form).filter(([name, value]) => name !== 'prices' && String(value) !== String(was[name as keyof FactsForm]));
  return { ...is, ...Object.fromEntries(own), prices };
}
